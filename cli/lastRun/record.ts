import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "../home.ts";
import type { Summary } from "../summary.ts";
import type { Facts } from "./facts.ts";

/** What is kept of a stack's last whole run. */
export interface LastRun {
  /** Of this form. */
  version: 1;
  /** With which the passphrase becomes the key of the facts. */
  salt: string;
  /** What the run did it from. */
  inputs: Facts;
  /** What it left: the engine's state, and what Docker has. */
  left: Facts;
  /** References of all images. */
  references: readonly string[];
  /** What a run that changes nothing says. */
  said: RunResult;
  /** Why no run can do without the engine, whatever else is as it was. @default one may */
  moving?: string | undefined;
}

export interface RunResult {
  changes: Summary;
  warnings: string[];
  outputs: Record<string, unknown>;
}

export async function readLastRun(home: Home, stack: string): Promise<LastRun | undefined> {
  try {
    const found = JSON.parse(await readFile(fileOf(home, stack), "utf8")) as LastRun | { version: unknown };
    return found.version === 1 ? (found as LastRun) : undefined;
  } catch {
    return undefined;
  }
}

/** In one step, and for its owner alone. */
export async function writeLastRun(home: Home, stack: string, run: LastRun): Promise<void> {
  const file = fileOf(home, stack);
  const next = `${file}.${process.pid}`;
  await writeFile(next, JSON.stringify(run), { mode: 0o600 });
  await rename(next, file);
}

/** To be called before a run changes anything: one that is cut short leaves no record. */
export async function forgetLastRun(home: Home, stack: string): Promise<void> {
  await rm(fileOf(home, stack), { force: true });
}

function fileOf(home: Home, stack: string): string {
  return join(home.lastRuns, `${stack}.json`);
}
