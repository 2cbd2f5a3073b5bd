import type { Contained } from "./contained.ts";

/** A service whose containers have metrics of their own. */
export interface Watched {
  name: string;
  /** `container:port` of each container. */
  servers: readonly string[];
  metrics: string;
}

/** Targets as Prometheus reads them from a file (https://prometheus.io/docs/guides/file-sd). */
export function targetsJson(services: readonly Watched[]): string {
  const groups = services
    .filter(({ servers, metrics }) => metrics !== "" && servers.length > 0)
    .map(({ name, servers, metrics }) => ({
      targets: servers,
      labels: { job: name, service: name, __metrics_path__: metrics },
    }));
  return `${JSON.stringify(groups, undefined, 1)}\n`;
}

/**
 * Which container is whose, as metrics that are always 1 and joined to what cAdvisor tells by `container_id`: without
 * Docker's socket, which would be root's power over the machine, cAdvisor knows containers by their id alone.
 */
export function containersProm(containers: readonly Contained[]): string {
  return [
    "# HELP berth_container_info Whose a container is.",
    "# TYPE berth_container_info gauge",
    ...containers.map(
      ({ service, container, id }) =>
        `berth_container_info{service="${service}",container="${container}",container_id="${id}"} 1`,
    ),
    "",
  ].join("\n");
}
