import type {
  InnerListener,
  Listener,
  ProxyModel,
  RateUse,
  ResponseHeaders,
  Route,
  Target,
  Tls,
} from "./model.ts";
import { Report } from "./rules.ts";

/** Everything wrong with a proxy's model, each as `path: must rule, got value`; none if `nginxConf` will take it. */
export function checkProxy(model: ProxyModel): string[] {
  const at = new Report();
  const names = {
    upstreams: model.upstreams.map(({ name }) => name),
    zones: (model.rates ?? []).map(({ name }) => name),
  };
  checkSettings(at, model);
  checkUpstreams(at, model);
  model.listeners.forEach((listener, i) => {
    checkListener(at.in(`listeners[${i}]`), listener, names);
  });
  (model.inner ?? []).forEach((inner, i) => {
    checkInner(at.in(`inner[${i}]`), inner, names, model.listeners);
  });
  checkDoors(at, model);
  return at.problems;
}

interface Names {
  upstreams: readonly string[];
  zones: readonly string[];
}

function checkSettings(at: Report, model: ProxyModel): void {
  at.match("release", model.release, /^[A-Za-z0-9._-]{1,64}$/, 'be 1-64 letters, digits, ".", "_" or "-"');
  at.whole("workers", model.workers, 1, 64);
  at.whole("workerConnections", model.workerConnections, 64, 65536);
  at.whole("connectionsPerClient", model.connectionsPerClient, 1, 65535);
  at.whole("drainSeconds", model.drainSeconds, 1, 3600);
  at.oneOf("accessLog", model.accessLog, ["json", "errors", "off"]);
  at.path("tempDir", model.tempDir);
  at.port("statusPort", model.statusPort);
  at.match("resolver", model.resolver, addressPattern, "be an IPv4 address");
  (model.trustedProxies ?? []).forEach((proxy, i) => {
    at.cidr(`trustedProxies[${i}]`, proxy);
  });
  (model.rates ?? []).forEach((zone, i) => {
    at.name(`rates[${i}].name`, zone.name);
    at.whole(`rates[${i}].requests`, zone.requests, 1, 100000);
    at.oneOf(`rates[${i}].per`, zone.per, ["second", "minute"]);
  });
  at.unique("rates", "name", [...(model.rates ?? []).map(({ name }) => name), "clients", "tls"]);
}

const addressPattern = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

function checkUpstreams(at: Report, { upstreams }: ProxyModel): void {
  upstreams.forEach((upstream, i) => {
    const here = at.in(`upstreams[${i}]`);
    here.name("name", upstream.name);
    here.whole("keepAliveSeconds", upstream.keepAliveSeconds, 0, 60);
    upstream.servers.forEach((server, j) => {
      here.server(`servers[${j}]`, server);
    });
    here.unique("servers", "server", upstream.servers);
  });
  at.unique(
    "upstreams",
    "name",
    upstreams.map(({ name }) => name),
  );
}

function checkListener(at: Report, listener: Listener, names: Names): void {
  at.port("port", listener.port);
  if (listener.names?.length === 0)
    at.say("names", "must hold a host, or be left out for every host, got []");
  listener.names?.forEach((name, i) => {
    at.host(`names[${i}]`, name);
  });
  if (listener.tls) checkTls(at.in("tls"), listener.tls);
  checkRate(at, listener.rate, names);
  checkHeaders(at, listener.headers);
  at.whole("maxBodyMegabytes", listener.maxBodyMegabytes, 1, 102400);
  listener.routes.forEach((route) => {
    checkRoute(at.in(`routes[${JSON.stringify(route.path)}]`), route, names);
  });
  const places = listener.routes.map(({ path, exact }) => `${exact === true ? "= " : ""}${path}`);
  at.unique("routes", "path", places);
}

function checkTls(at: Report, tls: Tls): void {
  at.port("port", tls.port);
  at.port("publicPort", tls.publicPort);
  at.path("certificate", tls.certificate);
  at.path("key", tls.key);
  at.path("challengeDir", tls.challengeDir);
}

function checkRoute(at: Report, route: Route, names: Names): void {
  at.route("path", route.path);
  checkTarget(at.in("to"), route, route.to, names);
  checkRate(at, route.rate ?? undefined, names);
  checkHeaders(at, route.headers);
  at.whole("maxBodyMegabytes", route.maxBodyMegabytes, 1, 102400);
  at.whole("timeoutSeconds", route.timeoutSeconds, 1, 86400);
  at.oneOf("errors", route.errors, ["json", "html"]);
}

function checkTarget(at: Report, route: Route, to: Target, names: Names): void {
  const folder = route.exact !== true && route.path.endsWith("/");
  if ("upstream" in to) {
    at.oneOf("upstream", to.upstream, names.upstreams);
    if (to.stripPath === true && !folder)
      at.say("stripPath", 'must only be set where the path ends in "/", got true');
  } else if ("directory" in to) {
    at.path("directory", to.directory);
    at.oneOf("cache", to.cache, ["immutable", "30d", "no-cache"]);
    if (!folder) at.say("directory", `must be on a path that ends in "/", got ${JSON.stringify(route.path)}`);
  } else if ("redirect" in to) {
    at.redirect("redirect", to.redirect);
    at.oneOf("status", to.status, [301, 302, 307, 308]);
  } else {
    at.whole("answer", to.answer, 200, 599);
    at.text("body", to.body);
    at.match("type", to.type, /^[a-z]+\/[a-z0-9.+-]+$/, 'be a media type such as "text/plain"');
  }
}

function checkRate(at: Report, rate: RateUse | undefined, names: Names): void {
  if (rate === undefined) return;
  at.oneOf("rate.zone", rate.zone, names.zones);
  at.whole("rate.burst", rate.burst, 0, 100000);
}

function checkHeaders(at: Report, headers: ResponseHeaders = {}): void {
  for (const [name, value] of Object.entries(headers)) {
    at.match("headers", name, /^[A-Za-z][A-Za-z0-9-]*$/, "be named by letters, digits and -");
    if (value !== null) at.text(`headers[${JSON.stringify(name)}]`, value);
  }
}

function checkInner(at: Report, inner: InnerListener, names: Names, listeners: readonly Listener[]): void {
  at.name("name", inner.name);
  at.port("port", inner.port);
  at.oneOf("upstream", inner.upstream, names.upstreams);
  at.whole("maxBodyMegabytes", inner.maxBodyMegabytes, 1, 102400);
  at.whole("timeoutSeconds", inner.timeoutSeconds, 1, 86400);
  if (listeners.some(({ port, tls }) => [port, tls && (tls.port ?? 443)].includes(inner.port)))
    at.say("port", `must not be a public port, got ${inner.port}`);
}

function checkDoors(at: Report, model: ProxyModel): void {
  const { listeners, inner = [] } = model;
  const open = listeners.flatMap(({ port, tls }) => (tls ? [port, tls.port ?? 443] : [port]));
  at.unique("listeners", "port", open);
  at.unique(
    "inner",
    "name and port",
    inner.map(({ name, port }) => `${name}:${port}`),
  );
  if (
    model.statusPort !== undefined &&
    [...open, ...inner.map(({ port }) => port)].includes(model.statusPort)
  )
    at.say("statusPort", `must be a port of its own, got ${model.statusPort}`);
  if (listeners.length + inner.length === 0) at.say("listeners", "must hold one, or inner must, got none");
}
