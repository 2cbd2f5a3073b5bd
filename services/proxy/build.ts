import type { BuildArgs, Part } from "../definition.ts";
import type { Proxy, PublicRoute } from "./options.ts";
import { Nginx, type ProxyRoute, type PublicListener } from "./nginx.ts";
import { drawOn, rateZones } from "./rates.ts";

type OwnProxyOptions = Pick<Proxy, "public" | "mounts" | "largeBodies">;

export function buildProxy(options: OwnProxyOptions, args: BuildArgs): Part {
  const { name, service, place, opts, context, after, answering, mounts, rates, exporter } = args;
  const { scope, network } = place;
  const nginx = new Nginx(
    name,
    {
      scope,
      network,
      service,
      answersFor: answering,
      after,
      monitored: context.watched,
      mounts: mounts(options.mounts ?? []),
      largeBodies: options.largeBodies,
      ...(options.public && {
        rates: rateZones(rates),
        publicListener: publicListener(options.public, args),
      }),
    },
    opts,
  );
  return { resource: nginx, released: nginx.released, watched: { proxies: [{ nginx, exporter }] } };
}

function publicListener(
  { rate, routes, ...rest }: NonNullable<Proxy["public"]>,
  args: BuildArgs,
): PublicListener {
  const { domain } = args.context;
  const built = routes.flatMap((route) =>
    "monitoring" in route ? args.monitoringRoutes(route.monitoring) : routesTo(route, args),
  );
  return {
    ...rest,
    names: domain === "" ? undefined : [domain],
    ...(rate !== undefined && { rate: drawOn(args.rates, rate) }),
    // Whoever monitors the system has to get to its pages.
    routes: routes.some((route) => "monitoring" in route) ? built : [...built, ...args.monitoringRoutes([])],
  };
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
