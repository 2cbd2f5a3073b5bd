import type {
  InnerListener,
  Listener,
  Maintenance,
  ProxyModel,
  RateUse,
  ResponseHeaders,
  Route,
  Target,
  Tls,
} from "./model.ts";
import { presetNames } from "./presets.ts";
import { Report } from "./rules.ts";

/** Worker processes that a proxy has at most, however many CPUs it may use: each holds connections of its own. */
export const mostWorkers = 64;

/** Everything wrong with a proxy's model, each as `path: must rule, got value`; none if `nginxConf` will take it. */
export function checkProxy(model: ProxyModel): string[] {
  const report = new Report();
  const names = {
    upstreams: model.upstreams.map(({ name }) => name),
    zones: (model.rates ?? []).map(({ name }) => name),
  };
  checkSettings(report, model);
  checkUpstreams(report, model);
  model.listeners.forEach((listener, i) => {
    checkListener(report.below(`listeners[${i}]`), listener, names);
  });
  (model.inner ?? []).forEach((inner, i) => {
    checkInner(report.below(`inner[${i}]`), inner, names, model.listeners);
  });
  checkPorts(report, model);
  return report.problems;
}

interface Names {
  upstreams: readonly string[];
  zones: readonly string[];
}

function checkSettings(report: Report, model: ProxyModel): void {
  report.match(
    "release",
    model.release,
    /^[A-Za-z0-9._-]{1,64}$/,
    'be 1-64 letters, digits, ".", "_" or "-"',
  );
  report.whole("workers", model.workers, 1, mostWorkers);
  report.whole("workerConnections", model.workerConnections, 64, 65536);
  report.whole("connectionsPerClient", model.connectionsPerClient, 1, 65535);
  report.whole("drainSeconds", model.drainSeconds, 1, 3600);
  report.oneOf("accessLog", model.accessLog, ["json", "errors", "off"]);
  report.path("tempDir", model.tempDir);
  report.port("statusPort", model.statusPort);
  if (model.certificateMetrics && "file" in model.certificateMetrics)
    report.path("certificateMetrics.file", model.certificateMetrics.file);
  report.match("resolver", model.resolver, addressPattern, "be an IPv4 address");
  (model.trustedProxies ?? []).forEach((proxy, i) => {
    report.cidr(`trustedProxies[${i}]`, proxy);
  });
  report.unique("trustedProxies", "block", model.trustedProxies ?? []);
  (model.rates ?? []).forEach((zone, i) => {
    report.name(`rates[${i}].name`, zone.name);
    report.whole(`rates[${i}].requests`, zone.requests, 1, 100000);
    report.oneOf(`rates[${i}].per`, zone.per, ["second", "minute"]);
  });
  report.unique("rates", "name", [...(model.rates ?? []).map(({ name }) => name), "clients", "tls"]);
}

const addressPattern = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

function checkUpstreams(report: Report, { upstreams }: ProxyModel): void {
  upstreams.forEach((upstream, i) => {
    const here = report.below(`upstreams[${i}]`);
    here.name("name", upstream.name);
    here.whole("keepAliveSeconds", upstream.keepAliveSeconds, 0, 60);
    upstream.servers.forEach((server, j) => {
      here.server(`servers[${j}]`, server);
    });
    here.unique("servers", "server", upstream.servers);
  });
  report.unique(
    "upstreams",
    "name",
    upstreams.map(({ name }) => name),
  );
}

function checkListener(report: Report, listener: Listener, names: Names): void {
  report.port("port", listener.port);
  if (listener.names?.length === 0)
    report.say("names", "must hold a host, or be left out for every host, got []");
  listener.names?.forEach((name, i) => {
    report.host(`names[${i}]`, name);
  });
  listener.aliases?.forEach((name, i) => {
    report.host(`aliases[${i}]`, name);
  });
  if ((listener.aliases ?? []).length > 0 && listener.names === undefined)
    report.say("aliases", `must be left out without names, got ${JSON.stringify(listener.aliases)}`);
  report.unique("aliases", "host", [...(listener.names ?? []), ...(listener.aliases ?? [])]);
  if (listener.maintenance) checkMaintenance(report.below("maintenance"), listener.maintenance);
  if (listener.tls) checkTls(report.below("tls"), listener.tls);
  checkRate(report, listener.rate, names);
  report.oneOf("preset", listener.preset, presetNames);
  checkHeaders(report, listener.headers);
  report.whole("maxBodyMegabytes", listener.maxBodyMegabytes, 1, 102400);
  listener.routes.forEach((route) => {
    checkRoute(report.below(`routes[${JSON.stringify(route.path)}]`), route, names);
  });
  const places = listener.routes.map(({ path, exact }) => `${exact === true ? "= " : ""}${path}`);
  report.unique("routes", "path", places);
}

function checkTls(report: Report, tls: Tls): void {
  report.port("port", tls.port);
  report.port("publicPort", tls.publicPort);
  report.path("certificate", tls.certificate);
  report.path("key", tls.key);
  report.path("challengeDir", tls.challengeDir);
  if (tls.challengeHost !== undefined) report.name("challengeHost", tls.challengeHost);
}

function checkMaintenance(report: Report, { flag, page, retryAfterSeconds, open }: Maintenance): void {
  report.path("flag", flag);
  report.path("page", page);
  report.whole("retryAfterSeconds", retryAfterSeconds, 1, 86400);
  open.forEach(({ path }, i) => {
    report.route(`open[${i}].path`, path);
  });
}

function checkRoute(report: Report, route: Route, names: Names): void {
  report.route("path", route.path);
  checkTarget(report.below("to"), route, route.to, names);
  checkRate(report, route.rate ?? undefined, names);
  report.oneOf("preset", route.preset, presetNames);
  checkHeaders(report, route.headers);
  report.whole("maxBodyMegabytes", route.maxBodyMegabytes, 1, 102400);
  report.whole("timeoutSeconds", route.timeoutSeconds, 1, 86400);
  if (route.grpc === true && !("upstream" in route.to))
    report.say("grpc", "must only be set where the route leads to an upstream, got true");
  report.oneOf("errors", route.errors, ["json", "html"]);
}

function checkTarget(report: Report, route: Route, target: Target, names: Names): void {
  const folder = route.exact !== true && route.path.endsWith("/");
  if ("upstream" in target) {
    report.oneOf("upstream", target.upstream, names.upstreams);
    if (target.stripPath === true && !folder)
      report.say("stripPath", 'must only be set where the path ends in "/", got true');
  } else if ("directory" in target) {
    report.path("directory", target.directory);
    report.oneOf("cache", target.cache, ["immutable", "30d", "no-cache"]);
    if (!folder)
      report.say("directory", `must be on a path that ends in "/", got ${JSON.stringify(route.path)}`);
  } else if ("redirect" in target) {
    report.redirect("redirect", target.redirect);
    report.oneOf("status", target.status, [301, 302, 307, 308]);
  } else {
    report.whole("answer", target.answer, 200, 599);
    report.text("body", target.body);
    report.match("type", target.type, /^[a-z]+\/[a-z0-9.+-]+$/, 'be a media type such as "text/plain"');
  }
}

function checkRate(report: Report, rate: RateUse | undefined, names: Names): void {
  if (rate === undefined) return;
  report.oneOf("rate.zone", rate.zone, names.zones);
  report.whole("rate.burst", rate.burst, 0, 100000);
}

function checkHeaders(report: Report, headers: ResponseHeaders = {}): void {
  for (const [name, value] of Object.entries(headers)) {
    report.match("headers", name, /^[A-Za-z][A-Za-z0-9-]*$/, "be named by letters, digits and -");
    const text = value === null || typeof value === "string" ? value : value.set;
    if (text !== null) report.headerText(`headers[${JSON.stringify(name)}]`, text);
  }
}

function checkInner(
  report: Report,
  inner: InnerListener,
  names: Names,
  listeners: readonly Listener[],
): void {
  report.name("name", inner.name);
  report.port("port", inner.port);
  report.oneOf("upstream", inner.upstream, names.upstreams);
  report.whole("maxBodyMegabytes", inner.maxBodyMegabytes, 1, 102400);
  report.whole("timeoutSeconds", inner.timeoutSeconds, 1, 86400);
  if (listeners.some(({ port, tls }) => [port, tls && (tls.port ?? 443)].includes(inner.port)))
    report.say("port", `must not be a public port, got ${inner.port}`);
}

function checkPorts(report: Report, model: ProxyModel): void {
  const { listeners, inner = [] } = model;
  const open = listeners.flatMap(({ port, tls }) => (tls ? [port, tls.port ?? 443] : [port]));
  report.unique("listeners", "port", open);
  report.unique(
    "inner",
    "name and port",
    inner.map(({ name, port }) => `${name}:${port}`),
  );
  if (
    model.statusPort !== undefined &&
    [...open, ...inner.map(({ port }) => port)].includes(model.statusPort)
  )
    report.say("statusPort", `must be a port of its own, got ${model.statusPort}`);
  if (listeners.length + inner.length === 0)
    report.say("listeners", "must hold one, or inner must, got none");
}
