import { defaultStartSeconds } from "../components/containers/health.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { entryRow } from "../services/proxy/definition.ts";
import type { Settings } from "../settings.ts";

type Services = Record<string, ServiceSettings>;

export type Placed = Pick<Settings, "definition" | "services" | "placement"> &
  Partial<Pick<Settings, "swarm" | "external">>;

/** What answers for a service that is placed on another machine, so that its releases drop nothing there either. */
export function entriesOf({ definition, services, placement, swarm = false }: Placed): Services {
  // The machines of a swarm know each container by its name.
  if (swarm !== false) return {};
  const proxy = Object.values(services).find(({ name }) => definition.services[name]?.phase === "proxy");
  const called = Object.values(services).filter(({ name, port }) => name in placement && port > 0);
  return Object.fromEntries(
    called.map(({ name, port }) => [
      name,
      {
        ...{ name: `${name}-door`, image: proxy?.image ?? entryRow.image, user: entryRow.user, replicas: 1 },
        ...{ limits: { cpus: entryRow.cpus, memory: entryRow.memory }, graceSeconds: entryRow.graceSeconds },
        ...{
          port,
          health: "",
          startSeconds: defaultStartSeconds,
          environment: {},
          sourceFolder: "",
          metrics: "",
        },
        secretsInEnvironment: false,
        secretEnvironment: false,
      },
    ]),
  );
}
