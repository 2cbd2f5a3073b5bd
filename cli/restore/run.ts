import type Docker from "dockerode";
import { created } from "../docker/created.ts";
import type { ContainerCreateOptions, ContainerInfo } from "dockerode";
import { Refusal } from "../refusal.ts";
import type { KeptBackup } from "../backup/list.ts";
import { follow, LostError, namesOf, restoreLabels, startOnce } from "./followed.ts";
import { uninterrupted } from "./uninterrupted.ts";
import { startAll, stopAll, type Unwell, type Writer } from "./writers.ts";

export interface RestoreRun {
  stack: string;
  docker: Docker;
  stopped: readonly Writer[];
  say: (line: string) => void;
}

export interface RestoreEnd {
  code: number;
  unwell: Unwell[];
}

/** Restores while what writes stands still. What stands still is written on the container before anything does. */
export async function runRestore(
  run: RestoreRun,
  options: ContainerCreateOptions,
  chosen: KeptBackup,
): Promise<RestoreEnd> {
  const { docker, stopped, say } = run;
  const Labels = { ...options.Labels, ...restoreLabels(stopped, chosen) };
  return uninterrupted(async () => {
    const container = await created(docker, { ...options, Labels });
    return toItsEnd(run, container, async () => {
      say(`stopping ${namesOf(stopped)}`);
      await stopAll(stopped);
      await startOnce(container);
    });
  }, say);
}

/** Goes on where a command was cut off, and starts what stands still for it. */
export async function resumeRestore(run: RestoreRun, { Id, State }: ContainerInfo): Promise<RestoreEnd> {
  const { docker, say } = run;
  const container = docker.getContainer(Id);
  const begun = State !== "created";
  say(
    begun
      ? "following a restore that was cut off"
      : "a restore was cut off before it had begun: nothing was changed, and berth restore again begins one",
  );
  return uninterrupted(() => toItsEnd(run, container, () => Promise.resolve(), begun), say);
}

async function toItsEnd(
  { stack, docker, stopped, say }: RestoreRun,
  container: Docker.Container,
  begin: () => Promise<void>,
  begun = true,
): Promise<RestoreEnd> {
  let code = 1;
  let failure: unknown;
  try {
    await begin();
    if (begun) code = await follow(container, docker, say);
    if (code > 128) say(killed(stack, code));
  } catch (error) {
    if (error instanceof LostError) throw new Refusal([lost(stack, stopped, error.message)]);
    failure = error;
  }
  say(`starting ${namesOf(stopped)}`);
  const unwell = await startAll(stopped);
  await container.remove({ force: true, v: true }).catch(unlessGone);
  if (failure !== undefined) throw failure as Error;
  return { code, unwell };
}

/** Above 128 it was a signal, and its script could say nothing any more. */
function killed(stack: string, code: number): string {
  return `restore: must run to its end, got exit code ${code}, as of a machine that stopped; the lines above say what has its place by then; berth restore --stack ${stack} again`;
}

function lost(stack: string, stopped: readonly Writer[], reason: string): string {
  return `restore: must be followed to its end, got no answer for ten minutes (${reason}); it goes on on the machine, where ${namesOf(stopped)} stand still; berth restore --stack ${stack} follows it and starts them`;
}

function unlessGone(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error;
}
