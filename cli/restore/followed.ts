import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { written } from "../docker/stream.ts";
import { nameOf, serviceOf } from "../docker/owned.ts";
import type { KeptBackup } from "../backup/list.ts";
import type { Machine, Writer } from "./writers.ts";

/** On the container of a restore: ids of the containers that stand still for it. */
export const restoreLabel = "berth.restore";
const timeLabel = "berth.restore.time";
const stackLabel = "berth.restore.from";

/** What the container of a restore says of it, for whoever follows it. */
export function restoreLabels(
  stopped: readonly Writer[],
  { time, stack }: KeptBackup,
): Record<string, string> {
  const ids = stopped.map(({ info }) => info.Id).join(" ");
  return { [restoreLabel]: ids, [timeLabel]: time, [stackLabel]: stack };
}

/** The way to a machine is lost for good; what ran there may still run. */
export class LostError extends Error {}

interface Patience {
  /** Milliseconds without an answer. */
  most: number;
  /** And between two questions. */
  pause: number;
}

const tenMinutes: Patience = { most: 600_000, pause: 2000 };

/**
 * Hands on what a container writes until it has ended, and returns its exit code. Where the way to it breaks it is asked
 * again, for it goes on by itself. Throws {@link LostError} when it hasn't answered for ten minutes.
 */
export async function follow(
  container: Docker.Container,
  docker: Docker,
  write: (line: string) => void,
  patience: Patience = tenMinutes,
): Promise<number> {
  let seen = 0;
  const look = async (answered: () => void) => {
    let line = 0;
    const stream = await container.logs({ follow: true, stdout: true, stderr: true });
    await written(docker, stream, (text) => {
      line++;
      // Read from its beginning each time.
      if (line <= seen) return;
      seen = line;
      write(text);
    });
    // It may have written for hours, and the way to it broke only now.
    answered();
    const { State } = await container.inspect();
    return State.Running ? undefined : State.ExitCode;
  };
  return await patiently(look, patience);
}

/**
 * Starts a container, once: where the way to it breaks meanwhile it may run all the same, and is asked whether it does.
 * Throws what the engine said where it doesn't, and {@link LostError}.
 */
export async function startOnce(container: Docker.Container, patience: Patience = tenMinutes): Promise<void> {
  try {
    await container.start();
  } catch (error) {
    const status = await patiently(async () => (await container.inspect()).State.Status, patience);
    if (status === "created") throw error;
  }
}

/** Asks until there is an answer. */
async function patiently<T>(
  ask: (answered: () => void) => Promise<T | undefined>,
  { most, pause }: Patience,
): Promise<T> {
  let last = Date.now();
  const answered = () => {
    last = Date.now();
  };
  for (;;) {
    try {
      const answer = await ask(answered);
      if (answer !== undefined) return answer;
      answered();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if ((error as { statusCode?: number }).statusCode === 404)
        throw new Error("restore: its container must stay until its end, got none", { cause: error });
      if (Date.now() - last > most) throw new LostError(reason);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** The container of a restore whose command was cut off. */
export function leftRestore(containers: readonly ContainerInfo[]): ContainerInfo | undefined {
  return containers.find(({ Labels }) => restoreLabel in Labels);
}

/** Why a stack isn't free: a restore that another machine's command began, or that outlives its own. */
export function restoreProblems(stack: string, containers: readonly ContainerInfo[]): string[] {
  const found = leftRestore(containers);
  return found === undefined
    ? []
    : [
        `stack "${stack}": must be free, got a restore in container ${nameOf(found)}; berth restore --stack ${stack} follows it to its end`,
      ];
}

/** The backup that it gives back. */
export function restoredBy({ Labels }: ContainerInfo): KeptBackup {
  return { time: Labels[timeLabel] ?? "", stack: Labels[stackLabel] ?? "" };
}

/** Ids of the containers that stand still for it. */
export function idsStoppedFor({ Labels }: ContainerInfo): string[] {
  return (Labels[restoreLabel] ?? "").split(" ");
}

/** What stands still for it. */
export function stoppedFor(restore: ContainerInfo, machines: readonly Machine[]): Writer[] {
  const all = machines.flatMap(({ docker, services }) => services.map((info) => ({ docker, info })));
  return idsStoppedFor(restore).flatMap((id) => all.find(({ info }) => info.Id === id) ?? []);
}

/** Services by name, each once. */
export function namesOf(stopped: readonly Writer[]): string {
  return [...new Set(stopped.map(({ info }) => serviceOf(info)))].sort().join(", ");
}
