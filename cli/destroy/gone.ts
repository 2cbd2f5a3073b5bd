import { rm } from "node:fs/promises";
import { machineName, machinesThere, waysTo } from "../docker/machines.ts";
import type { Engine } from "../engine/engine.ts";
import { workFile, type StackFile } from "../project.ts";
import type { Home } from "../home.ts";
import { Refusal } from "../refusal.ts";
import type { Checkpoint } from "../state/checkpoint.ts";

/**
 * Why a stack can't be forgotten without its servers being asked: it is on none, a vendor has something of it that
 * nobody would remove any more, or a server is there.
 */
export async function goneProblems(
  { name, config }: StackFile,
  checkpoint?: Checkpoint,
  there = machinesThere,
): Promise<string[]> {
  if (checkpoint === undefined)
    return [`stack "${name}": must have its state here, got none; there is nothing to forget`];
  const ways = waysTo(config, checkpoint);
  if (ways.length === 0)
    return ["--gone: must be for a server over ssh, got this machine; run berth destroy without it"];
  const made = madeIn(checkpoint);
  if (made !== undefined)
    return [
      `--gone: must be for a stack that a cloud has nothing of, got ${made}; without it destroy removes that, and the machine`,
    ];
  return (await there(ways)).map(
    (machine) => `--gone: must be for a server that is gone, got ${machine}; run berth destroy without it`,
  );
}

/** Of a server that can't be reached: what to do where it never comes back, unless it is a cloud's. */
export function saysHowToForget(checkpoint?: Checkpoint): (error: unknown) => never {
  return (error) => {
    const isOurs = checkpoint !== undefined && madeIn(checkpoint) === undefined;
    if (!(error instanceof Refusal) || !isOurs) throw error;
    throw new Refusal(
      error.problems.map((problem) =>
        problem.startsWith("host.key:")
          ? problem
          : `${problem}; if the server is gone for good, berth destroy --gone forgets the stack`,
      ),
    );
  };
}

/** What a cloud has of a stack, by its type. */
function madeIn({ resources }: Checkpoint): string | undefined {
  return resources.find(({ type }) => /^(?:gcp|aws):/.test(type))?.type;
}

/** Has the state forget all of a stack, whatever is protected. Returns the machines on which all stays as it is. */
export async function forgetGone(
  engine: Engine,
  home: Home,
  { name, config }: StackFile,
  checkpoint: Checkpoint,
): Promise<string[]> {
  const { ok, complaint } = await engine.command("stack", "rm", "--force", "--yes", "--stack", name);
  if (!ok) throw new Error(complaint);
  await rm(workFile(home, name), { force: true });
  return waysTo(config, checkpoint).map(machineName);
}
