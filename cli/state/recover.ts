import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type Docker from "dockerode";
import { owned } from "../docker/owned.ts";
import { swarmServices } from "../docker/swarm.ts";
import type { Engine } from "../engine/engine.ts";
import type { Home } from "../home.ts";
import { Refusal } from "../refusal.ts";
import { count } from "../units.ts";
import { parseCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { lockIn } from "./locks.ts";
import { begunServices, findOrphans, orphanedServices, removeOrphan, type Orphan } from "./orphans.ts";
import { providerProblem } from "./secretsProvider.ts";

export interface RecoverArgs {
  /** The engines of the stack's machines. */
  dockers: readonly Docker[];
  engine: Engine;
  home: Home;
  stack: string;
  checkpoint: Checkpoint;
}

/**
 * Cleans up after a run that was killed or cut off: removes what it made without writing it down, and clears the steps
 * it never finished, which the engine would warn of for ever. Returns what it did, a line each.
 *
 * What nobody wrote down may be what somebody is making right now, on another machine, with the state in a bucket. So
 * the state is put back as it was read first, which the engine refuses while anybody is at work on the stack; what was
 * there before that was made by nobody who still is. Throws {@link Refusal}.
 */
export async function recover(args: RecoverArgs): Promise<string[]> {
  const { dockers, stack, checkpoint } = args;
  const found = await Promise.all(
    dockers.map(async (docker, index) => {
      const orphans = findOrphans(checkpoint, await owned(docker, stack));
      // The stack's own machine manages the swarm that it may be in.
      const isAsked = index === 0 && begunServices(checkpoint).length > 0;
      const services = isAsked ? await swarmServices(docker, stack) : [];
      return { docker, orphans: [...orphans, ...orphanedServices(checkpoint, services)] };
    }),
  );
  const { length } = checkpoint.pending;
  if (length === 0 && found.every(({ orphans }) => orphans.length === 0)) return [];
  await putBack(args);
  await Promise.all(found.map(({ docker, orphans }) => removeAll(docker, orphans)));
  const notes = found
    .flatMap(({ orphans }) => orphans)
    .map(({ kind, name }) => `removed ${kind} ${name}, which an interrupted run left behind`);
  return length === 0
    ? notes
    : [...notes, `cleared ${count(length, "unfinished step")} of the interrupted run`];
}

/** Importing takes the engine's lock, and drops pending steps (pulumi/pulumi pkg/cmd/pulumi/stack/io.go). */
async function putBack({ engine, home, stack, checkpoint }: RecoverArgs): Promise<void> {
  const file = join(home.work, `${stack}.import.json`);
  const exported = await engine.command("stack", "export", "--stack", stack);
  const now = exported.ok ? parseCheckpoint(exported.stdout) : checkpoint;
  await writeFile(file, JSON.stringify(now.exported), { mode: 0o600 });
  const { ok, complaint } = await engine.command("stack", "import", "--file", file, "--stack", stack);
  await rm(file, { force: true });
  if (!ok) {
    const reason = complaint.trim();
    const held =
      lockIn(complaint, stack) ??
      providerProblem(checkpoint.provider, complaint.trim(), { alone: exported.ok });
    throw new Refusal([held ?? `state: must take back what an interrupted run left, got "${reason}"`]);
  }
  if (isDeepStrictEqual(idsOf(now), idsOf(checkpoint))) return;
  throw new Refusal([
    "state: must stay as it is while an interrupted run is taken back, got a change by another command; run this one again",
  ]);
}

function idsOf({ resources, pending }: Checkpoint): string[] {
  return [
    ...resources.map(({ urn, id = "" }) => `${urn} ${id}`),
    ...pending.map(({ resource }) => resource.urn),
  ];
}

async function removeAll(docker: Docker, orphans: readonly Orphan[]): Promise<void> {
  // Volumes last: a container among them may hold one.
  const held = orphans.filter(({ kind }) => kind !== "volume");
  for (const some of [held, orphans.filter(({ kind }) => kind === "volume")])
    await Promise.all(some.map((orphan) => removeOrphan(docker, orphan)));
}
