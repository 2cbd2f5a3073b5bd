import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { nameOf, roleOf, serviceOf } from "../docker/owned.ts";
import { firstError, isSaid } from "../../lib/firstError.ts";
import { logEnd } from "../docker/logs.ts";
import type { LogLine } from "../docker/logText.ts";
import { remedyOf } from "./remedy.ts";
import { reasonFor } from "./reason.ts";

/** A container that was to take over and can't. */
export interface Candidate {
  service: string;
  container: string;
  reason: string;
  /** What its log says first of what went wrong, unless the last lines hold it. */
  cause: string[];
  /** The last lines it wrote. */
  log: string[];
  /** The setting that mends it, where the failure is of a known kind. */
  remedy?: string;
}

/** Lines of a log that are looked at, and those of them that are shown. */
const [looked, shown] = [2000, 20];

/** Looks at a container while it still exists. */
export async function examine(
  docker: Docker,
  info: Pick<ContainerInfo, "Id" | "Names" | "Labels">,
  otherwise: string,
) {
  const container = docker.getContainer(info.Id);
  const [condition, lines] = await Promise.all([container.inspect(), logEnd(docker, info.Id, looked)]);
  const { cause, log } = logFacts(lines, condition.State.StartedAt);
  return {
    service: serviceOf(info),
    container: nameOf(info),
    reason: reasonFor(condition, otherwise),
    cause,
    log,
    remedy: remedyOf(serviceOf(info), condition, [...cause, ...log]),
  } satisfies Candidate;
}

/** The cause and the end of a log; one that crashes again and again says it anew each time it was started. */
export function logFacts(lines: readonly LogLine[], started: string): Pick<Candidate, "cause" | "log"> {
  const last = lines.filter(({ time }) => time >= started.replace(/Z$/, ""));
  const log = lines.slice(-shown).map(({ text }) => text);
  const cause = firstError((last.length > 0 ? last : lines).map(({ text }) => text));
  return { cause: isSaid(cause, log) ? [] : cause, log };
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
