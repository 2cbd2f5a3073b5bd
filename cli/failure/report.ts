import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import type { Change, Message } from "../board/events.ts";
import { owned } from "../docker/owned.ts";
import { isTask } from "../docker/swarm.ts";
import { reasonOf } from "../refusal.ts";
import { loggingReason } from "./logging.ts";
import { candidatesOf, examine, servesStill, type Candidate } from "./candidates.ts";

export interface Failure extends Candidate {
  /** Containers of before the run still answer for the service. */
  servesStill: boolean;
}

export interface FailureArgs {
  /** Engines of the stack's machines; none where a cloud is still to make them. */
  dockers: readonly Docker[];
  stack: string;
  /** Ids of the containers that were there before the run. */
  before: ReadonlySet<string>;
  /** Steps of the engine that failed. */
  failed: readonly Change[];
  messages: readonly Message[];
  crashed: ReadonlyMap<string, Candidate>;
}

/**
 * Why services failed, one a service. Candidates that run on without a chance are stopped, so that they take
 * neither CPU nor, by mistake, a request; the next run makes them anew.
 */
export async function failuresOf(args: FailureArgs): Promise<Failure[]> {
  const { dockers, stack, before, failed, messages, crashed } = args;
  const engines = new Map<ContainerInfo, Docker>();
  for (const docker of dockers)
    for (const one of (await owned(docker, stack)).containers) engines.set(one, docker);
  const containers = [...engines.keys()];
  const services = new Map(
    failed.flatMap((change) => (change.service ? [[change.service, change] as const] : [])),
  );
  return await Promise.all(
    [...services].map(async ([service, change]) => {
      const message = messages.find(({ urn }) => urn === change.urn)?.text ?? "failed";
      const reason = loggingReason(message) ?? message;
      const made = change.role === "service" ? candidatesOf(containers, service, before) : [];
      // What a swarm starts meanwhile is of the release before, to which it goes back.
      const candidates = made.filter((one) => !isTask(one) || one.State === "exited");
      const nothing = { service, container: change.name, reason, cause: [], log: [] };
      const found = crashed.get(service) ?? (await lookAt(engines, candidates[0], nothing));
      const running = candidates.filter((one) => !isTask(one));
      await Promise.all(running.map((one) => stop(engines.get(one), one.Id)));
      return { ...found, service, servesStill: servesStill(containers, service, before) };
    }),
  );
}

async function lookAt(
  engines: ReadonlyMap<ContainerInfo, Docker>,
  info: ContainerInfo | undefined,
  nothing: Candidate,
): Promise<Candidate> {
  const docker = info && engines.get(info);
  if (info === undefined || docker === undefined) return nothing;
  return await examine(docker, info, nothing.reason).catch((error: unknown) => {
    return { ...nothing, reason: reasonOf(error) };
  });
}

/** One that has stopped, or is gone, is as good. */
async function stop(docker: Docker | undefined, id: string): Promise<void> {
  await docker
    ?.getContainer(id)
    .stop({ t: 5 })
    .catch(() => undefined);
}
