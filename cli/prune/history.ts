import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { isMap } from "../overrides.ts";
import { reasonOf, Refusal } from "../refusal.ts";
import { containerType, ownerOf, parseCheckpoint, type Checkpoint } from "../state/checkpoint.ts";

/** What a run of the engine left, be it Berth's or plain Pulumi's. */
export interface PastRun {
  time: Date;
  /** Whether it was an update that went through. */
  whole: boolean;
  images: RunImages;
}

/** Image id → services that ran it, jobs and carriers among them. */
export type RunImages = ReadonlyMap<string, readonly string[]>;

/** Where the engine's file backend keeps what became of each run (pulumi/pulumi pkg/backend/diy/state.go). */
function historyFolder(folder: string): string {
  return join(folder, ".pulumi", "history", "berth");
}

/** Stacks of which there is a history. */
export async function stacksIn(folder: string): Promise<string[]> {
  return namesIn(historyFolder(folder));
}

/**
 * Every run of a stack, the oldest first; one file is read at a time, for each is as large as a state. Throws
 * {@link Refusal} for what can't be read: what isn't known to be needed would be removed.
 */
export async function runsOf(folder: string, stack: string): Promise<PastRun[]> {
  const place = join(historyFolder(folder), stack);
  const found = (await namesIn(place)).flatMap((name) => {
    const [, nanoseconds, ending = ""] = /-(\d+)\.checkpoint(\.json.*)$/.exec(name) ?? [];
    return nanoseconds === undefined || ending.endsWith(".attrs") ? [] : [{ name, nanoseconds }];
  });
  const ordered = found.toSorted((a, b) => Number(BigInt(a.nanoseconds) - BigInt(b.nanoseconds)));
  const runs: PastRun[] = [];
  for (const { name, nanoseconds } of ordered) {
    const checkpoint = await read(join(place, name), parseCheckpoint);
    const entry = await read(
      join(place, name.replace(".checkpoint.", ".history.")),
      (text): unknown => JSON.parse(text),
    );
    runs.push({
      time: new Date(Number(BigInt(nanoseconds) / 1_000_000n)),
      whole: isMap(entry) && entry.kind === "update" && entry.result === "succeeded",
      images: imagesIn(checkpoint, stack),
    });
  }
  return runs;
}

/** Ids of all that a state's containers run; the program hands the engine no other name. */
export function imagesIn({ resources }: Pick<Checkpoint, "resources">, stack: string): RunImages {
  const images = new Map<string, string[]>();
  for (const { type, inputs, outputs } of resources) {
    const { stack: owner, service } = ownerOf(inputs);
    if (type !== containerType || owner !== stack || service === undefined) continue;
    const ids = new Set([inputs?.image, outputs?.image].map(String).filter((id) => id.startsWith("sha256:")));
    for (const id of ids) images.set(id, [...new Set([...(images.get(id) ?? []), service])].sort());
  }
  return images;
}

async function read<T>(file: string, parse: (text: string) => T): Promise<T> {
  try {
    const content = await readFile(file);
    return parse((file.endsWith(".gz") ? gunzipSync(content) : content).toString("utf8"));
  } catch (error) {
    throw new Refusal([`prune: must be a history that can be read, got ${file}: ${reasonOf(error)}`]);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}
