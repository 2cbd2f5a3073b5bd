import { setTimeout as pause } from "node:timers/promises";
import type Docker from "dockerode";
import type { Service } from "dockerode";
import { isGone } from "../docker/gone.ts";
import { isMap } from "../overrides.ts";
import { reasonOf, Refusal } from "../refusal.ts";
import type { SwarmService } from "../state/checkpoint.ts";

/** What the managers did about a service whose containers were to be made anew. */
export interface Forced {
  service: string;
  /** Why the old containers still serve, or some of them; nothing where all is well. */
  failed?: string;
}

const pollMs = 1000;

/**
 * Has the managers of a swarm make a service's containers anew, as `docker service update --force` does, and waits until
 * they have, or have gone back. Throws {@link Refusal} where there is no such service.
 */
export async function forceUpdate(
  manager: Docker,
  { service, id = "", inputs }: Pick<SwarmService, "service" | "id" | "inputs">,
): Promise<Forced> {
  const found = manager.getService(id);
  const look = async () => (await found.inspect()) as Service;
  const { Spec, Version, UpdateStatus } = await look().catch((error: unknown) => {
    if (!isGone(error)) throw error;
    throw new Refusal([
      `restart: must find service ${service} in the swarm, got "${reasonOf(error)}"; berth up makes it`,
    ]);
  });
  const template = (Spec?.TaskTemplate ?? {}) as { ForceUpdate?: number };
  const TaskTemplate = { ...template, ForceUpdate: (template.ForceUpdate ?? 0) + 1 };
  await found.update({ _query: { version: Version?.Index }, _body: { ...Spec, TaskTemplate } });
  const allowed = secondsAllowed(inputs);
  const end = Date.now() + allowed * 1000;
  for (;;) {
    const now = await look();
    const outcome = outcomeOf(now, UpdateStatus?.StartedAt);
    if (outcome !== undefined) return outcome === "" ? { service } : { service, failed: outcome };
    if (Date.now() > end) {
      const state = now.UpdateStatus?.State ?? "nothing begun";
      return { service, failed: `must be done within ${allowed} s, got "${state}"; the swarm goes on` };
    }
    await pause(pollMs);
  }
}

/**
 * How an update ended: empty where it is well, else why not; nothing while it is under way. `before` is when the one
 * before it began, whose outcome a service shows until then.
 */
export function outcomeOf({ Spec, UpdateStatus }: Service, before: string | undefined): string | undefined {
  if (Spec?.Mode?.Replicated?.Replicas === 0) return "";
  if (UpdateStatus === undefined || UpdateStatus.StartedAt === before) return undefined;
  const { State, Message } = UpdateStatus;
  if (State === "completed") return "";
  return State === "updating" || State === "rollback_started" ? undefined : (Message ?? State);
}

/** What the engine would give it too; a state of before may not say. */
export function secondsAllowed(inputs: SwarmService["inputs"]): number {
  const given = isMap(inputs?.convergeConfig) ? inputs.convergeConfig.timeout : undefined;
  const units: Record<string, number> = { h: 3600, m: 60, s: 1 };
  const parts = typeof given === "string" ? [...given.matchAll(/(\d+)([hms])/g)] : [];
  const sum = parts.reduce((total, [, figure, unit = ""]) => total + Number(figure) * (units[unit] ?? 0), 0);
  return sum > 0 ? sum : 600;
}
