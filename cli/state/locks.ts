import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { link, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { backendOf, type Home } from "../home.ts";
import { folderOf } from "./backend.ts";
import { wasOurs } from "./engineRecord.ts";
import { alive, describeHolder, holderText, parseHolder, thisHolder, type Holder } from "./holder.ts";

export interface FoundLock {
  file: string;
  holder: Holder;
  /** Whether the holder may still be at work, here or elsewhere. */
  alive: boolean;
  /** Whether it is a process of this machine's that is at work. */
  here: boolean;
}

/** The engine's locks on a stack, where the state is in a folder; what is in a bucket the engine alone sees (lockElsewhere.ts). */
export async function engineLocks(home: Home, stack: string): Promise<FoundLock[]> {
  const folder = folderOf(backendOf(home));
  if (folder === undefined) return [];
  const locks = join(folder, ".pulumi", "locks", "organization", "berth", stack);
  if (!existsSync(locks)) return [];
  const files = (await readdir(locks))
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(locks, name));
  const found = (await Promise.all(files.map(readLock))).filter((lock) => lock !== undefined);
  // What others reach too may be held by another machine of this one's name, whose processes aren't here.
  const shared = folder !== home.state;
  return found.map((lock) => ({
    ...lock,
    alive: lock.alive || (shared && !wasOurs(home.runs, stack, lock.holder)),
  }));
}

async function readLock(file: string): Promise<FoundLock | undefined> {
  const holder = await readFile(file, "utf8").then(parseHolder, () => undefined);
  if (holder === undefined) return undefined;
  const isAlive = await alive(holder);
  return { file, holder, alive: isAlive, here: isAlive && holder.host === hostname() };
}

/** Removes an engine's lock whose holder is gone, with the attributes file beside it. */
export async function removeLock({ file }: Pick<FoundLock, "file">): Promise<void> {
  await Promise.all([rm(file, { force: true }), rm(`${file}.attrs`, { force: true })]);
}

export type Held = { release(): void } | { problem: string };

/**
 * Holds a stack for one whole command, such as `berth up`, from its checks to its last line; the engine's own lock
 * covers only the time the engine runs. Left behind by a killed command, it is taken over.
 *
 * @param ended whose lock is taken over too, because a person says that it has ended
 */
export async function hold(runs: string, stack: string, doing: string, ended?: Holder): Promise<Held> {
  const file = lockFile(runs, stack);
  const mine = thisHolder(doing);
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await take(file, mine)) return { release: release(file, mine) };
    const found = await readLock(file);
    if (found !== undefined && !hasEnded(found, ended)) return { problem: lockProblem(stack, found) };
    await evict(file, ended);
  }
  return { problem: `stack "${stack}": must be free, got a lock that comes back; look at ${file}` };
}

/**
 * Of which all but the first wait a moment: for another command that takes over what a killed one left, and for a lock
 * that isn't written yet; together twice as long as that may take.
 */
const attempts = 200;

/** Milliseconds in which a lock is written, where it can't be linked into place. */
const writing = 5_000;

/** Written beside and linked into place, so that a lock says who holds it from its first moment. */
async function take(file: string, mine: Holder): Promise<boolean> {
  const beside = `${file}.${randomUUID()}`;
  await writeFile(beside, holderText(mine), { mode: 0o600 });
  const won = () => true;
  const taken = await link(beside, file).then(won, async (error: unknown) => {
    // Where a folder has no links, as some that are shared with a virtual machine.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    return await writeFile(file, holderText(mine), { flag: "wx", mode: 0o600 }).then(won, () => false);
  });
  await rm(beside, { force: true });
  return taken;
}

/**
 * Removes a lock whose holder is gone. One command at a time looks and removes, and while the lock is there nobody takes
 * its place: so what is removed is what was looked at. That command has a lock of its own for it, which goes by the same
 * rules: of one that was killed in that moment it is removed in the same way.
 */
async function evict(file: string, ended?: Holder): Promise<void> {
  const guard = `${file}.removal`;
  if (!(await take(guard, thisHolder()))) {
    if (await isLeft(guard)) await evict(guard);
    else await moment();
    return;
  }
  try {
    if (await isLeft(file, ended)) await rm(file, { force: true });
    else await moment();
  } finally {
    await rm(guard, { force: true });
  }
}

/** Whether nobody needs a lock any more: its holder is gone, or it is none, nor one that is being written. */
async function isLeft(file: string, ended?: Holder): Promise<boolean> {
  const found = await readLock(file);
  if (found !== undefined) return hasEnded(found, ended);
  const opened = await open(file).catch(() => undefined);
  if (opened === undefined) return false;
  try {
    const { mtimeMs } = await opened.stat();
    return Date.now() - mtimeMs > writing && parseHolder(await opened.readFile("utf8")) === undefined;
  } finally {
    await opened.close();
  }
}

function hasEnded({ alive, holder }: FoundLock, ended?: Holder): boolean {
  return !alive || (ended !== undefined && holderText(holder) === holderText(ended));
}

async function moment(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Whether a command has a stack for itself, or was killed while it had. */
export function isHeld(runs: string, stack: string): boolean {
  return existsSync(lockFile(runs, stack));
}

/** The lock that a command of this data folder has, or left behind. */
export async function heldBy(runs: string, stack: string): Promise<FoundLock | undefined> {
  return await readLock(lockFile(runs, stack));
}

function lockFile(runs: string, stack: string): string {
  return join(runs, `${stack}.json`);
}

/** Once at most: what was freed may be another command's by then. */
function release(file: string, mine: Holder): () => void {
  const free = (): void => {
    process.off("exit", free);
    if (existsSync(file) && readFileSync(file, "utf8") === holderText(mine)) rmSync(file, { force: true });
  };
  process.once("exit", free);
  return free;
}

/** Another command is at work on the stack: who, and how it becomes free. */
export function lockProblem(stack: string, { holder, here }: Pick<FoundLock, "holder" | "here">): string {
  const who = describeHolder(holder);
  if (!here) return foreignLock(stack, who);
  return `stack "${stack}": must be free, held by ${who}; wait for it to end, or stop it with kill -INT ${holder.pid}`;
}

/** Whether its holder is still there nobody can tell from here. */
export function foreignLock(stack: string, who: string): string {
  return `stack "${stack}": must be free, held by ${who}; wait for it to end, or, if it was killed, run berth unlock --stack ${stack}`;
}

/** The engine found locks where it keeps the state; who holds them, as far as it says (pulumi/pulumi pkg/backend/diy/lock.go). */
export function holdersIn(complaint: string): Holder[] | undefined {
  if (!complaint.includes("currently locked")) return undefined;
  return [...complaint.matchAll(/created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g)].map(
    ([, user = "", host = "", pid = "", since = ""]) => ({
      ...{ pid: Number(pid), user, host },
      since: new Date(since),
    }),
  );
}

/** The same for a person, of a state that nobody but the engine can look into. */
export function lockIn(complaint: string, stack: string): string | undefined {
  const holders = holdersIn(complaint);
  if (holders === undefined) return undefined;
  const [holder] = holders;
  return foreignLock(stack, holder === undefined ? "another command" : describeHolder(holder));
}
