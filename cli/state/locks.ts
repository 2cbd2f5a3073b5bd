import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { rmSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { alive, describeHolder, holderText, parseHolder, type Holder } from "./holder.ts";

export interface FoundLock {
  file: string;
  holder: Holder;
  alive: boolean;
}

/** The engine's locks on a stack in a file backend. */
export async function engineLocks(folder: string, stack: string): Promise<FoundLock[]> {
  const locks = join(folder, ".pulumi", "locks", "organization", "berth", stack);
  if (!existsSync(locks)) return [];
  const files = (await readdir(locks))
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(locks, name));
  const found = await Promise.all(files.map(readLock));
  return found.filter((lock) => lock !== undefined);
}

async function readLock(file: string): Promise<FoundLock | undefined> {
  const holder = await readFile(file, "utf8").then(parseHolder, () => undefined);
  return holder && { file, holder, alive: await alive(holder) };
}

/** Removes an engine's lock whose holder is gone, with the attributes file beside it. */
export async function removeLock({ file }: FoundLock): Promise<void> {
  await Promise.all([rm(file, { force: true }), rm(`${file}.attrs`, { force: true })]);
}

export type Held = { release(): void } | { problem: string };

/**
 * Holds a stack for one whole command, from its checks to its last line; the engine's own lock covers only the time
 * the engine runs. Left behind by a killed command, it is taken over.
 */
export async function hold(runs: string, stack: string): Promise<Held> {
  const file = lockFile(runs, stack);
  const mine: Holder = { pid: process.pid, user: userInfo().username, host: hostname(), since: new Date() };
  for (let attempt = 0; attempt < 3; attempt++) {
    const taken = await writeFile(file, holderText(mine), { flag: "wx", mode: 0o600 }).then(
      () => true,
      () => false,
    );
    if (taken) return { release: release(file) };
    const found = await readLock(file);
    if (found?.alive) return { problem: lockProblem(stack, found.holder) };
    await rm(file, { force: true });
  }
  return { problem: `stack "${stack}": must be free, got a lock that comes back; look at ${file}` };
}

/** Whether a command has a stack for itself, or was killed while it had. */
export function isHeld(runs: string, stack: string): boolean {
  return existsSync(lockFile(runs, stack));
}

function lockFile(runs: string, stack: string): string {
  return join(runs, `${stack}.json`);
}

function release(file: string): () => void {
  const free = (): void => {
    rmSync(file, { force: true });
  };
  process.once("exit", free);
  return free;
}

/** Another command is at work on the stack, and who. */
export function lockProblem(stack: string, holder: Holder): string {
  return `stack "${stack}": must be free, held by ${describeHolder(holder)}; wait for it to end, or stop it with kill -INT ${holder.pid}`;
}

/** The same of a lock that the engine keeps in a bucket, by its words (pulumi/pulumi pkg/backend/diy/lock.go). */
export function lockIn(complaint: string, stack: string): string | undefined {
  if (!complaint.includes("currently locked")) return undefined;
  const [, user = "", host = "", pid = "", since = ""] =
    /created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/.exec(complaint) ?? [];
  const holder =
    user === ""
      ? "another command"
      : describeHolder({ pid: Number(pid), user, host, since: new Date(since) });
  return `stack "${stack}": must be free, held by ${holder}; wait for it to end, or, if it was killed, run pulumi cancel --stack ${stack} (berth env says how)`;
}
