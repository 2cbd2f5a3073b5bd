import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { isMap } from "../overrides.ts";
import { parseCheckpoint, type Checkpoint } from "../state/checkpoint.ts";

/** A run of `up` that went well, by Berth or by plain Pulumi, and the state it left. */
export interface Run {
  /** Which of the stack's runs of the engine it was, of any kind, from 1. */
  number: number;
  ended: Date;
  checkpoint: Checkpoint;
}

export interface History {
  /** Oldest first. */
  runs: Run[];
  /** Whether nothing older was left unread. */
  whole: boolean;
  /** Whether the newest run of `up` failed: part of what it was to bring may be there. */
  failed: boolean;
}

/** State of hundreds of resources is half a megabyte a run. */
const mostRead = 100;

const unpacked = promisify(gunzip);

/**
 * The newest runs in the engine's own history, which its file backend keeps beside the state: for each run what it was,
 * and a copy of the state after it (pulumi/pulumi pkg/backend/diy/state.go, addToHistory).
 */
export async function historyOf(folder: string, stack: string, most = mostRead): Promise<History> {
  const place = join(folder, ".pulumi", "history", "berth", stack);
  // Names end in nanoseconds since 1970, all of as many digits.
  const names = (await readdir(place).catch(() => []))
    .filter((name) => /\.history\.json(\.gz)?$/.test(name))
    .sort();
  const first = Math.max(0, names.length - most);
  const found = await Promise.all(
    names.slice(first).map((name, index) => runIn(join(place, name), first + index + 1)),
  );
  const known = found.filter((run) => run !== undefined);
  return {
    runs: known.filter((run) => typeof run === "object"),
    whole: first === 0,
    failed: known.at(-1) === "failed",
  };
}

/**
 * A run of `up`, or that it failed, or that all of the stack was to go; nothing for what changes nothing by itself, or
 * can't be read: a run is written in two files, one after the other.
 */
async function runIn(file: string, number: number): Promise<Run | "failed" | "destroyed" | undefined> {
  try {
    const update: unknown = JSON.parse(await read(file));
    if (!isMap(update)) return undefined;
    if (update.kind === "destroy") return "destroyed";
    if (update.kind !== "update") return undefined;
    if (update.result === "failed") return "failed";
    if (update.result !== "succeeded") return undefined;
    const checkpoint = parseCheckpoint(await read(file.replace(".history.json", ".checkpoint.json")));
    return { number, ended: new Date(Number(update.endTime) * 1000), checkpoint };
  } catch {
    return undefined;
  }
}

async function read(file: string): Promise<string> {
  const bytes = await readFile(file);
  return (file.endsWith(".gz") ? await unpacked(bytes) : bytes).toString();
}
