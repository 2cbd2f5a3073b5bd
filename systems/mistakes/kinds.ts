import type { ServiceOf, SystemDefinition } from "../define.ts";

/** Stores whose users get variables of one name, whatever the store is called. */
const stores: Readonly<Record<string, string>> = {
  postgres: "DATABASE_URL_FILE",
  redis: "REDIS_URL_FILE",
  objectStore: "S3_ENDPOINT",
};

/** References to a service of a kind that can't be what it is named for. */
export function wrongKinds(system: SystemDefinition): string[] {
  const { services, jobs = {}, queues = {} } = system;
  const must = (
    path: string,
    rule: string,
    name: string | undefined,
    may: (service: ServiceOf) => boolean,
  ): string[] => {
    const found = name === undefined ? undefined : services[name];
    return found === undefined || may(found) ? [] : [`system.${path}: must ${rule}, got "${name}"`];
  };
  return [
    ...silentRoutes(system),
    ...publicProxies(system),
    ...Object.entries(services).flatMap(([name, { uses = [], api, client }]) => [
      ...uses.flatMap((other) =>
        other === name
          ? [`system.services.${name}.uses: must be other services, got "${name}"`]
          : must(
              `services.${name}.uses`,
              "be stores, or services that answer HTTP",
              other,
              ({ phase, answers }) => phase === "store" || answers === true,
            ),
      ),
      ...oneOfEach(system, name),
      ...must(`services.${name}.api`, "answer HTTP", api, ({ answers }) => answers === true),
      ...must(`services.${name}.client`, "be a proxy", client, ({ phase }) => phase === "proxy"),
    ]),
    ...Object.entries(jobs).flatMap(([name, job]) =>
      must(`jobs.${name}.of`, "be an application", job.of, ({ phase }) => phase === "application"),
    ),
    ...Object.entries(queues).flatMap(([name, queue]) =>
      must(`queues.${name}.in`, "be a Redis", queue.in, ({ kind }) => kind === "redis"),
    ),
  ];
}

/** Of two databases the second would take the place of the first. */
function oneOfEach({ services }: SystemDefinition, name: string): string[] {
  const uses = services[name]?.uses ?? [];
  return Object.entries(stores).flatMap(([kind, variable]) => {
    const found = uses.filter((other) => services[other]?.kind === kind);
    return found.length < 2
      ? []
      : [
          `system.services.${name}.uses: must name one ${kind} at most, for each gives ${variable}, got ${found.map((one) => `"${one}"`).join(" and ")}`,
        ];
  });
}

/** All would be published on the same port. */
function publicProxies({ services }: SystemDefinition): string[] {
  const found = Object.keys(services).filter((name) => services[name]?.public !== undefined);
  return found.length < 2
    ? []
    : [
        `system.services: must have one proxy with public at most, got ${found.map((one) => `"${one}"`).join(" and ")}`,
      ];
}

/** Routes to what answers no HTTP, such as a worker. */
function silentRoutes({ services }: SystemDefinition): string[] {
  const answering = Object.keys(services).filter((name) => services[name]?.answers === true);
  const list = answering.join(", ") || "none";
  return Object.entries(services).flatMap(([name, service]) =>
    (service.public?.routes ?? []).flatMap((route) => {
      if ("monitoring" in route) return [];
      const targets = [route.to, route.developing].filter((target) => typeof target === "string");
      return targets
        .filter((target) => !answering.includes(target))
        .map(
          (target) =>
            `system.services.${name}.public.routes: must lead to a service that answers HTTP, ${list}, got "${target}"`,
        );
    }),
  );
}
