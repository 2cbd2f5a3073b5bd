import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { nameOf, roleOf, serviceOf } from "../docker/owned.ts";
import { tail } from "../docker/logs.ts";
import { remedyOf } from "./remedy.ts";
import { reasonFor } from "./reason.ts";

/** A container that was to take over and can't. */
export interface Candidate {
  service: string;
  container: string;
  reason: string;
  /** The last lines it wrote. */
  log: string[];
  /** The setting that mends it, where the failure is of a known kind. */
  remedy?: string;
}

/** Looks at a container while it still exists. */
export async function examine(
  docker: Docker,
  info: Pick<ContainerInfo, "Id" | "Names" | "Labels">,
  otherwise: string,
) {
  const container = docker.getContainer(info.Id);
  const [condition, log] = await Promise.all([container.inspect(), tail(docker, info.Id)]);
  return {
    service: serviceOf(info),
    container: nameOf(info),
    reason: reasonFor(condition, otherwise),
    log,
    remedy: remedyOf(serviceOf(info), condition, log),
  } satisfies Candidate;
}

/** A service's containers that a run has made and that didn't become healthy. `before` are those that were there already. */
export function candidatesOf(
  containers: readonly ContainerInfo[],
  service: string,
  before: ReadonlySet<string>,
): ContainerInfo[] {
  return containers.filter(
    (one) => isOf(one, service) && !before.has(one.Id) && !one.Status.includes("(healthy)"),
  );
}

/** Whether containers that were there before the run still answer for a service. */
export function servesStill(
  containers: readonly ContainerInfo[],
  service: string,
  before: ReadonlySet<string>,
): boolean {
  return containers.some(
    (one) =>
      isOf(one, service) &&
      before.has(one.Id) &&
      one.State === "running" &&
      !one.Status.includes("unhealthy"),
  );
}

function isOf(container: ContainerInfo, service: string): boolean {
  return serviceOf(container) === service && roleOf(container) === "service";
}
