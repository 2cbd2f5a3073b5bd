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

/** What the engine writes down of a run of any kind. */
export type Update = Record<string, unknown>;

/** State of hundreds of resources is half a megabyte a run. */
const mostRead = 100;

const unpacked = promisify(gunzip);

/** The newest runs in the engine's own history. */
export async function historyOf(folder: string, stack: string, most = mostRead): Promise<History> {
  const files = await recordsOf(folder, stack);
  const first = Math.max(0, files.length - most);
  const found = await Promise.all(files.slice(first).map((file, index) => runIn(file, first + index + 1)));
  const known = found.filter((run) => run !== undefined);
  return {
    runs: known.filter((run) => typeof run === "object"),
    whole: first === 0,
    failed: known.at(-1) === "failed",
  };
}

/** Stacks of which there is a history. */
export async function recordedStacks(folder: string): Promise<string[]> {
  return await namesIn(placeOf(folder));
}

/** The file of each run of a stack, oldest first. */
export async function recordsOf(folder: string, stack: string): Promise<string[]> {
  const place = join(placeOf(folder), stack);
  // Names end in nanoseconds since 1970, all of as many digits.
  const names = (await namesIn(place)).filter((name) => /\.history\.json(\.gz)?$/.test(name)).sort();
  return names.map((name) => join(place, name));
}

/**
 * Where the engine's file backend keeps its history beside the state: for each run what it was, and a copy of the state
 * after it (pulumi/pulumi pkg/backend/diy/state.go, addToHistory).
 */
function placeOf(folder: string): string {
  return join(folder, ".pulumi", "history", "berth");
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
}

/**
 * A run of `up`, or that it failed, or that all of the stack was to go; nothing for what changes nothing by itself, or
 * can't be read.
 */
async function runIn(file: string, number: number): Promise<Run | "failed" | "destroyed" | undefined> {
  const update = await updateIn(file);
  if (update === undefined) return undefined;
  if (update.kind === "destroy") return "destroyed";
  if (update.kind === "update" && update.result === "failed") return "failed";
  if (!wentWell(update)) return undefined;
  const checkpoint = await stateAfter(file);
  return checkpoint && { number, ended: endOf(update), checkpoint };
}

export function wentWell({ kind, result }: Update): boolean {
  return kind === "update" && result === "succeeded";
}

export function endOf({ endTime }: Update): Date {
  return new Date(Number(endTime ?? 0) * 1000);
}

/** Nothing for what can't be read: a run is written in two files, one after the other. */
export async function updateIn(file: string): Promise<Update | undefined> {
  return await readable(file, (text) => {
    const update: unknown = JSON.parse(text);
    return isMap(update) ? update : undefined;
  });
}

/** The same of the state that a run left. */
export async function stateAfter(file: string): Promise<Checkpoint | undefined> {
  return await readable(file.replace(".history.json", ".checkpoint.json"), parseCheckpoint);
}

async function readable<T>(file: string, parse: (text: string) => T): Promise<T | undefined> {
  try {
    const bytes = await readFile(file);
    return parse((file.endsWith(".gz") ? await unpacked(bytes) : bytes).toString());
  } catch {
    return undefined;
  }
}
