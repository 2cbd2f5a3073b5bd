import type Docker from "dockerode";
import { leastFree, roomHere } from "../docker/disk.ts";
import { engineInfo, unreachable, type EngineInfo } from "../docker/open.ts";
import { whyNotEngine } from "../../toolchain/engine.ts";
import { bytes } from "../units.ts";
import { reasonOf } from "../refusal.ts";

export type Reached = { info: EngineInfo } | { problem: string };

export async function reach(docker: Docker): Promise<Reached> {
  try {
    return { info: await engineInfo(docker) };
  } catch (error) {
    return { problem: unreachable(reasonOf(error)) };
  }
}

/** What is wrong with an engine that answers. */
export async function engineProblems(info: EngineInfo, free = freeSpace): Promise<string[]> {
  return [whyNotEngine(info.ServerVersion), await diskProblem(info.DockerRootDir, free)].filter(
    (problem) => problem !== undefined,
  );
}

async function diskProblem(folder: string, free: typeof freeSpace): Promise<string | undefined> {
  const available = await free(folder);
  if (available === undefined || available >= leastFree) return undefined;
  return `docker: must have ${bytes(leastFree)} of disk free in ${folder}, got ${bytes(available)}; remove images you no longer need, for example with docker image prune`;
}

/** In bytes; nothing when that is on another machine. */
async function freeSpace(folder: string): Promise<number | undefined> {
  return (await roomHere(folder))?.free;
}
