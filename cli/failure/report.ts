import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import type { Change, Message } from "../board/events.ts";
import { owned } from "../docker/owned.ts";
import { reasonOf } from "../refusal.ts";
import { candidatesOf, examine, servesStill, type Candidate } from "./candidates.ts";

export interface Failure extends Candidate {
  /** Containers of before the run still answer for the service. */
  servesStill: boolean;
}

export interface FailureArgs {
  /** Nothing where there is no engine to look at yet. */
  docker: Docker | undefined;
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
  const { docker, stack, before, failed, messages, crashed } = args;
  const containers = docker === undefined ? [] : (await owned(docker, stack)).containers;
  const services = new Map(
    failed.flatMap((change) => (change.service ? [[change.service, change] as const] : [])),
  );
  return await Promise.all(
    [...services].map(async ([service, change]) => {
      const reason = messages.find(({ urn }) => urn === change.urn)?.text ?? "failed";
      const candidates = change.role === "service" ? candidatesOf(containers, service, before) : [];
      const nothing = { service, container: change.name, reason, log: [] };
      const found = crashed.get(service) ?? (docker && (await lookAt(docker, candidates[0], nothing)));
      if (docker !== undefined) await Promise.all(candidates.map(({ Id }) => stop(docker, Id)));
      return { ...(found ?? nothing), service, servesStill: servesStill(containers, service, before) };
    }),
  );
}

async function lookAt(
  docker: Docker,
  info: ContainerInfo | undefined,
  nothing: Candidate,
): Promise<Candidate> {
  if (info === undefined) return nothing;
  return await examine(docker, info, nothing.reason).catch((error: unknown) => {
    return { ...nothing, reason: reasonOf(error) };
  });
}

/** One that has stopped, or is gone, is as good. */
async function stop(docker: Docker, id: string): Promise<void> {
  await docker
    .getContainer(id)
    .stop({ t: 5 })
    .catch(() => undefined);
}
