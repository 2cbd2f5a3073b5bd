import { agree } from "../agree.ts";
import { findOld, historyIn, type Found } from "../prune/find.ts";
import { removeImage } from "../prune/remove.ts";
import { backendOf } from "../home.ts";
import { Refusal } from "../refusal.ts";
import { holdAlone } from "../rollback/alone.ts";
import { checkDescribed, openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { shortImage } from "../statusTable.ts";
import { table, type Column } from "../table.ts";
import { bytes, count } from "../units.ts";

export interface PruneOptions extends CommonOptions {
  keep: string;
  yes?: boolean;
}

/** Removes images that the stack's history shows to be its own and that nothing needs. Returns the exit code. */
export async function prune(options: PruneOptions): Promise<number> {
  const releases = releasesKept(options.keep);
  const opened = await openSession(options);
  checkDescribed(opened);
  // Before the engine is asked for the file's secrets: of a bucket that it can't reach it would blame the file.
  const folder = historyIn(backendOf(opened.home));
  const session = await revealed(opened);
  const { output, stack } = session;
  const held = await holdAlone(opened, "berth prune");
  try {
    const found = await findOld(session, folder, releases);
    for (const line of pruneLines(stack.name, found)) output.say(line);
    if (found.length > 0) await agree("prune", pruneText(stack.name, found), options.yes ?? false);
    const images: (Omit<Found, "docker"> & { kept?: string })[] = [];
    for (const { docker, ...image } of found) {
      const kept = await removeImage(docker, image);
      images.push({ ...image, ...(kept !== "" && { kept }) });
      output.say(`${fullName(image)}: ${kept === "" ? "removed" : `kept: ${kept}`}`);
    }
    if (output.json) output.emit({ stack: stack.name, images });
    return 0;
  } finally {
    held.release();
  }
}

/** Throws {@link Refusal}. */
export function releasesKept(keep: string): number {
  if (/^\d{1,3}$/.test(keep)) return Number(keep);
  throw new Refusal([
    `--keep: must be a whole number of releases from 0 to 999, got ${JSON.stringify(keep)}`,
  ]);
}

export function pruneText(stack: string, found: readonly Pick<Found, "bytes">[]): string {
  const total = found.reduce((sum, image) => sum + image.bytes, 0);
  return `removes ${count(found.length, "image")} of stack ${stack}, ${bytes(total)} at most`;
}

const columns: Column[] = [
  { title: "image", shrink: true },
  { title: "services", shrink: true },
  { title: "last run" },
  { title: "size", align: "right" },
  { title: "machine", shrink: true },
];

/** What a person reads before anything is removed. */
export function pruneLines(stack: string, found: readonly Omit<Found, "docker">[]): string[] {
  if (found.length === 0) return [`stack ${stack} has no old images`];
  const rows = found.map((one) => [
    fullName(one),
    one.services.join(", "),
    one.last.toISOString().slice(0, 10),
    bytes(one.bytes),
    one.machine,
  ]);
  return table(columns, rows);
}

/** In full: before a removal somebody else's of the same last part must not be taken for it. */
function fullName({ names, id }: Pick<Found, "names" | "id">): string {
  return names[0] ?? shortImage(id);
}
