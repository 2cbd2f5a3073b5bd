import * as pulumi from "@pulumi/pulumi";
import { GeneratedSecret } from "../../components/containers/generatedSecret.ts";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { certificates, certificatesVolume } from "../certificates/certificates.ts";
import { certificatesName } from "../certificates/definition.ts";
import type { BuildArgs, Part, VolumeMount } from "../definition.ts";
import type { WatchedPart } from "../monitoring/monitoring.ts";
import { changedRoutes } from "./changedRoutes.ts";
import { nginxExporter } from "./exporter.ts";
import type { MonitoringRoutes, Proxy, PublicRoute } from "./options.ts";
import { Nginx, type ProxyRoute, type ProxyTls, type PublicListener } from "./nginx.ts";
import { responseHeaders, type MaintenanceSettings } from "./publicSettings.ts";
import { drawOn, rateZones } from "./rates.ts";

type OwnProxyOptions = Pick<Proxy, "public" | "mounts" | "largeBodies">;

export function buildProxy(options: OwnProxyOptions, args: BuildArgs): Part {
  const { name, service, place, opts, context, after, answering, mounts, rates, exporter } = args;
  const { scope, network } = place;
  const { tls } = args.publicly;
  const group = service.user.split(":")[1] ?? "";
  const certified = options.public && tls && "acme" in tls ? tls.acme : undefined;
  const volume = certified && certificatesVolume({ scope, group }, opts);
  // The public comes in at each machine of a swarm, but for what is in volumes of one; callers inside find the one that
  // is where the data is.
  const folders = mounts(options.mounts ?? []);
  const bound = folders.some(({ everywhere }) => everywhere !== true);
  const members = options.public && !bound ? args.members : [];
  const login =
    volume && members.length > 0
      ? // With "Bearer " it is a key of a map: at most 46 characters where nginx's buckets have 64 (ngx_hash.h).
        new GeneratedSecret(`${name}-handing`, { length: 32, protect: false }, opts).value
      : undefined;
  const common = {
    service,
    after,
    monitored: context.watched,
    largeBodies: options.largeBodies === true || hasLargeBodies(options, args),
    ...(options.public && {
      rates: rateZones(rates),
      publicListener: publicListener(options.public, options.mounts ?? [], args),
      trustedProxies: [...args.publicly.trustedProxies],
      tls: tlsOf(args, volume, login),
      maintenance: maintenanceOf(args),
    }),
  };
  const nginx = new Nginx(name, { ...common, scope, network, answersFor: answering, mounts: folders }, opts);
  const fetched = login && { fetched: name, login, name: args.context.domain };
  const others = members.map(
    (member) =>
      new Nginx(
        `${name}-${member.machine ?? ""}`,
        {
          ...common,
          scope: member,
          network,
          answersFor: [],
          mounts: folders,
          ...(fetched && { tls: fetched }),
        },
        opts,
      ),
  );
  const all = [nginx, ...others];
  const released = pulumi.all(all.map((each) => each.released)).apply(() => true as const);
  if (certified && volume) {
    const names = namesOf(args);
    const wanted = { scope, network, service: args.settingsOf(certificatesName), acme: certified, names };
    certificates({ ...wanted, volume, group, after: released }, opts);
  }
  const exporters = exporter ? [nginxExporter(exporter, nginx)] : [];
  return { resource: nginx, released, watched: { proxies: [nginx, ...others.map(elsewhere)], exporters } };
}

/** A proxy on another machine tells of its certificate; what watches containers sees those of one machine. */
function elsewhere({ job }: Nginx): WatchedPart {
  return { ...(job && { job }), containers: pulumi.output([]) };
}

/** Who watches the system goes on to. */
function maintenanceOf({ publicly: { maintenance }, monitoringRoutes }: BuildArgs): MaintenanceSettings {
  const pages = monitoringRoutes([]).map(({ path, exact }) => ({ path, exact }));
  return { ...maintenance, open: [...(maintenance?.open ?? []), ...pages] };
}

/** Every public name, the first one first. */
function namesOf({ context, publicly }: BuildArgs): string[] {
  return [...context.names, ...publicly.aliases];
}

function tlsOf(
  args: BuildArgs,
  volume: Pick<Mount, "volume"> | undefined,
  handedBy: pulumi.Output<string> | undefined,
): ProxyTls | undefined {
  const { tls } = args.publicly;
  if (tls === undefined || "own" in tls) return tls;
  return volume && { issued: volume, name: args.context.domain, handedBy };
}

function publicListener(
  { rate, routes: usual, headers: usualHeaders, ...rest }: NonNullable<Proxy["public"]>,
  folders: readonly VolumeMount[],
  args: BuildArgs,
): PublicListener {
  const { domain } = args.context;
  const { headers, aliases, served, routes: changes } = args.publicly;
  const routes = changedRoutes(usual, changes).map((route) => onBucket(route, folders, args));
  const preset = headers.preset ?? (hasOwnImage(routes, args) ? "basic" : rest.preset);
  const usually = preset === "none" ? {} : usualHeaders;
  const built = routes.flatMap((route) =>
    "monitoring" in route ? args.monitoringRoutes(route.monitoring) : routesTo(route, args),
  );
  return {
    ...rest,
    names: domain === "" ? undefined : [domain, ...served],
    preset,
    headers: { ...usually, ...responseHeaders(headers) },
    aliases: [...aliases],
    ...(rate !== undefined && { rate: drawOn(args.rates, rate) }),
    // Whoever monitors the system has to get to its pages.
    routes: routes.some((route) => "monitoring" in route) ? built : [...built, ...args.monitoringRoutes([])],
  };
}

/** Whether settings allow bodies that wait in the proxy and are larger than the system's. */
function hasLargeBodies({ public: listener }: OwnProxyOptions, { publicly }: BuildArgs): boolean {
  const usual = listener?.maxBodyMegabytes ?? 10;
  return Object.values(publicly.routes).some(
    (route) => route !== null && route.buffering !== false && (route.maxBodyMegabytes ?? 0) > usual,
  );
}

/** Whether an owner's image answers any of these. */
function hasOwnImage(routes: readonly (PublicRoute | MonitoringRoutes)[], args: BuildArgs): boolean {
  return routes.some(
    (route) =>
      !("monitoring" in route) &&
      typeof route.to === "string" &&
      args.part(route.to) !== undefined &&
      args.settingsOf(route.to).own === true,
  );
}

/** A route to files that are in a bucket leads to the service that has its keys, and keeps the bucket closed to others. */
function onBucket<Path extends PublicRoute | MonitoringRoutes>(
  route: Path,
  folders: readonly VolumeMount[],
  { keeper }: BuildArgs,
): Path | PublicRoute {
  if ("monitoring" in route || typeof route.to === "string" || !("directory" in route.to)) return route;
  const { directory } = route.to;
  const folder = folders.find(({ target }) => `${directory}/`.startsWith(`${target}/`));
  const service = folder && keeper(folder.volume);
  return service === undefined ? route : { ...route, to: service };
}

/** Nothing for a route to a service that is switched off. */
function routesTo(
  { to: usual, rate, developing, headers, ...rest }: PublicRoute,
  args: BuildArgs,
): ProxyRoute[] {
  const { part, settingsOf, rates } = args;
  const instead = developing !== undefined && settingsOf(developing).source !== undefined;
  const target = instead ? developing : usual;
  const led = typeof target === "string" ? part(target) : undefined;
  const found = typeof target === "string" ? led?.backend : target;
  if (found === undefined) return [];
  const merged = { ...led?.headers, ...headers };
  return [
    {
      ...rest,
      to: found,
      ...((led?.headers ?? headers) && { headers: merged }),
      ...(rate !== undefined && { rate: rate === null ? null : drawOn(rates, rate) }),
    },
  ];
}
