import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { owned } from "../docker/owned.ts";
import type { Engine } from "../engine/engine.ts";
import type { Home } from "../home.ts";
import { Refusal } from "../refusal.ts";
import { count } from "../units.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { findOrphans, removeOrphan, type Orphan } from "./orphans.ts";

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
 */
export async function recover({ dockers, engine, home, stack, checkpoint }: RecoverArgs): Promise<string[]> {
  const removed = await Promise.all(dockers.map((docker) => removeOrphans(docker, stack, checkpoint)));
  const notes = removed
    .flat()
    .map(({ kind, name }) => `removed ${kind} ${name}, which an interrupted run left behind`);
  const { length } = checkpoint.pending;
  if (length === 0) return notes;
  const file = join(home.work, `${stack}.import.json`);
  await writeFile(file, JSON.stringify(checkpoint.exported), { mode: 0o600 });
  // Importing drops pending steps (pulumi/pulumi pkg/cmd/pulumi/stack/io.go).
  const { ok, complaint } = await engine.command("stack", "import", "--file", file, "--stack", stack);
  await rm(file, { force: true });
  if (!ok)
    throw new Refusal([`state: must take back what an interrupted run left, got "${complaint.trim()}"`]);
  return [...notes, `cleared ${count(length, "unfinished step")} of the interrupted run`];
}

async function removeOrphans(docker: Docker, stack: string, checkpoint: Checkpoint): Promise<Orphan[]> {
  const orphans = findOrphans(checkpoint, await owned(docker, stack));
  // Volumes last: a container among them may hold one.
  const held = orphans.filter(({ kind }) => kind !== "volume");
  for (const some of [held, orphans.filter(({ kind }) => kind === "volume")])
    await Promise.all(some.map((orphan) => removeOrphan(docker, orphan)));
  return orphans;
}
