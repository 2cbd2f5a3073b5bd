import type { BuildArgs, Part } from "../definition.ts";
import type { Proxy, PublicRoute } from "./said.ts";
import { Nginx, type ProxyRoute, type PublicDoor } from "./nginx.ts";
import { drawOn, rateZones } from "./rates.ts";

type Said = Pick<Proxy, "public" | "mounts" | "largeBodies">;

export function buildProxy(said: Said, args: BuildArgs): Part {
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
      mounts: mounts(said.mounts ?? []),
      largeBodies: said.largeBodies,
      ...(said.public && { rates: rateZones(rates), publicDoor: publicDoor(said.public, args) }),
    },
    opts,
  );
  return { resource: nginx, released: nginx.released, watched: { proxies: [{ nginx, exporter }] } };
}

function publicDoor({ rate, routes, ...rest }: NonNullable<Proxy["public"]>, args: BuildArgs): PublicDoor {
  const { domain } = args.context;
  const built = routes.flatMap((route) =>
    "monitoring" in route ? args.monitoringRoutes(route.monitoring) : routesTo(route, args),
  );
  return {
    ...rest,
    names: domain === "" ? undefined : [domain],
    ...(rate !== undefined && { rate: drawOn(args.rates, rate) }),
    // Whoever watches the system has to get to its pages.
    routes: routes.some((route) => "monitoring" in route) ? built : [...built, ...args.monitoringRoutes([])],
  };
}

/** Nothing for a route to a service that is switched off. */
function routesTo({ to, rate, developing, headers, ...rest }: PublicRoute, args: BuildArgs): ProxyRoute[] {
  const { part, settingsOf, rates } = args;
  const instead = developing !== undefined && settingsOf(developing).source !== undefined;
  const target = instead ? developing : to;
  const led = typeof target === "string" ? part(target) : undefined;
  const found = typeof target === "string" ? led?.backend : target;
  if (found === undefined) return [];
  return [
    {
      ...rest,
      to: found,
      ...((led?.headers ?? headers) && { headers: { ...led?.headers, ...headers } }),
      ...(rate !== undefined && { rate: rate === null ? null : drawOn(rates, rate) }),
    },
  ];
}
