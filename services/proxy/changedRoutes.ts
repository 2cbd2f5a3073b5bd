import type { MonitoringRoutes, PublicRoute } from "./options.ts";
import { responseHeaders, type RouteSettings } from "./publicSettings.ts";

type Routes = readonly (PublicRoute | MonitoringRoutes)[];
type Changes = Readonly<Record<string, RouteSettings | null>>;

/** The system's routes as settings change them. A new path begins as the route that answered it so far. */
export function changedRoutes(routes: Routes, changes: Changes): (PublicRoute | MonitoringRoutes)[] {
  const changed = new Map<PublicRoute, PublicRoute | undefined>();
  const added: PublicRoute[] = [];
  for (const [path, change] of Object.entries(changes)) {
    const own = sameRoute(routes, path, change);
    if (isGone(change)) {
      if (own !== undefined) changed.set(own, undefined);
    } else if (own !== undefined) changed.set(own, withChange(own, change));
    else added.push(newRoute(routes, path, change));
  }
  const kept = routes.flatMap((route): (PublicRoute | MonitoringRoutes)[] => {
    if ("monitoring" in route || !changed.has(route)) return [route];
    const now = changed.get(route);
    return now === undefined ? [] : [now];
  });
  return [...added, ...kept];
}

/** What is wrong with changes to these routes: by path, the key and the rule. `hidden` are paths that somebody else has. */
export function routeProblems(
  routes: Routes,
  changes: Changes,
  hidden: readonly string[],
): [path: string, key: string | undefined, rule: string][] {
  return Object.entries(changes).flatMap(([path, change]): [string, string | undefined, string][] => {
    const own = sameRoute(routes, path, change);
    if (hidden.includes(path)) return [[path, undefined, "must be left out: monitoring has this path"]];
    if (isGone(change)) {
      return own === undefined
        ? [[path, undefined, `must be one of ${pathsOf(routes)} to be taken away`]]
        : [];
    }
    const { to: target } = own === undefined ? newRoute(routes, path, change) : withChange(own, change);
    if (typeof target === "string") return [];
    if (own === undefined) {
      return [[path, "to", "must be given: what answers this path so far is no service"]];
    }
    const served = (["grpc", "maxBodyMegabytes", "timeoutSeconds", "buffering"] as const).filter(
      (key) => change[key] !== undefined,
    );
    return served.map((key) => [path, key, "must be left out, or to be given: no service answers this path"]);
  });
}

function isGone(change: RouteSettings | null): change is null {
  return change === null || change.remove === true;
}

/** The system's route at this very path. */
function sameRoute(routes: Routes, path: string, change: RouteSettings | null): PublicRoute | undefined {
  return routes.find(
    (route): route is PublicRoute =>
      !("monitoring" in route) &&
      route.path === path &&
      (change?.exact === undefined || change.exact === (route.exact ?? false)),
  );
}

function withChange(route: PublicRoute, change: RouteSettings): PublicRoute {
  const { to: target, headers, rate, exact, maxBodyMegabytes, timeoutSeconds, buffering, grpc } = change;
  const rest = given({ exact, maxBodyMegabytes, timeoutSeconds, buffering, grpc, rate });
  const { developing, ...own } = route;
  return {
    ...own,
    // What answers while its source is mounted stands for what the system had there.
    ...(target === undefined && developing !== undefined && { developing }),
    ...rest,
    ...(target !== undefined && { to: target }),
    ...(headers && {
      headers: { ...own.headers, ...responseHeaders(headers) },
      ...(headers.preset && { preset: headers.preset }),
    }),
  };
}

function newRoute(routes: Routes, path: string, change: RouteSettings): PublicRoute {
  const former = answering(routes, path);
  const begun = change.to === undefined || change.to === former?.to ? former : undefined;
  return withChange({ to: { answer: 404 }, ...begun, path, exact: false }, change);
}

/** Without what is left out. */
function given<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

/** As nginx finds it: the very path, else the longest that it begins with. */
function answering(routes: Routes, path: string): PublicRoute | undefined {
  const may = routes.filter(
    (route): route is PublicRoute =>
      !("monitoring" in route) && (route.exact === true ? route.path === path : path.startsWith(route.path)),
  );
  return may.sort((a, b) => b.path.length - a.path.length)[0];
}

function pathsOf(routes: Routes): string {
  return routes.flatMap((route) => ("monitoring" in route ? [] : [JSON.stringify(route.path)])).join(", ");
}
