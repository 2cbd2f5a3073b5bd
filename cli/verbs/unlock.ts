import { agree } from "../agree.ts";
import { backendOf } from "../home.ts";
import { writeWork } from "../project.ts";
import { Refusal } from "../refusal.ts";
import { engineFor, findTools, openSession, silent, type CommonOptions, type Session } from "../session.ts";
import { folderOf } from "../state/backend.ts";
import { describeHolder } from "../state/holder.ts";
import { engineLocks, heldBy, hold, lockProblem, removeLock, type FoundLock } from "../state/locks.ts";
import { withoutUser } from "../state/unreachable.ts";

export interface UnlockOptions extends CommonOptions {
  yes?: boolean;
}

/** Frees a stack of locks whose holders can't be looked at from here. Returns the exit code. */
export async function unlock(options: UnlockOptions): Promise<number> {
  const session = await openSession(options);
  const { home, stack, output } = session;
  const own = await heldBy(home.runs, stack.name);
  const engines = await engineLocks(home, stack.name);
  const found = [...(own === undefined ? [] : [own]), ...engines];
  // A command of this machine's that is at work ends by itself, or by being told to.
  refuse(session, found, ({ here }) => here);
  const place = withoutUser(backendOf(home));
  const isElsewhere = folderOf(backendOf(home)) === undefined;
  const holders = [...new Set(found.map(({ holder }) => describeHolder(holder)))];
  // What is in a bucket the engine shows to nobody whom it doesn't refuse.
  const all = isElsewhere ? [...holders, `whoever holds ${place}`] : holders;
  if (all.length > 0) await agree("unlock", frees(stack.name, all), options.yes ?? false);
  await free(session, own, engines);
  if (output.json)
    output.emit({ stack: stack.name, freed: holders, ...(isElsewhere && { cancelled: place }) });
  else {
    for (const holder of holders) output.say(`removed the lock of ${holder}`);
    if (isElsewhere) output.say(`removed what locks there were in ${place}`);
    output.say(`stack ${stack.name} is free`);
  }
  return 0;
}

/** Throws {@link Refusal} of the locks that stay. */
function refuse({ stack }: Session, locks: readonly FoundLock[], stays: (lock: FoundLock) => boolean): void {
  const problems = locks.filter(stays).map((lock) => lockProblem(stack.name, lock));
  if (problems.length > 0) throw new Refusal([...new Set(problems)]);
}

/**
 * Frees the stack of what was looked at. A command may have begun while a person was asked, and keeps its locks; none
 * begins after that, because this one has the stack for itself until it ends. Throws {@link Refusal}.
 */
async function free(
  session: Session,
  own: FoundLock | undefined,
  engines: readonly FoundLock[],
): Promise<void> {
  const { home, stack } = session;
  const held = await hold(home.runs, stack.name, "berth unlock", own?.holder);
  if ("problem" in held) throw new Refusal([held.problem]);
  try {
    const seen = new Set(engines.map(({ file }) => file));
    const locks = await engineLocks(home, stack.name);
    refuse(session, locks, ({ file, alive }) => alive && !seen.has(file));
    await Promise.all(locks.map(removeLock));
    if (folderOf(backendOf(home)) === undefined) await cancel(session);
  } finally {
    held.release();
  }
}

function frees(stack: string, holders: readonly string[]): string {
  return `frees stack ${stack} of ${holders.join(" and ")}, which must have ended: two at once break its state`;
}

/** Removes every lock that the engine keeps on it (pulumi/pulumi pkg/backend/diy/lock.go). */
async function cancel(session: Session): Promise<void> {
  const { home, stack } = session;
  const engine = await engineFor(session, await findTools(silent));
  await writeWork(home, stack);
  const { ok, complaint } = await engine.command("cancel", "--yes", "--stack", stack.name);
  if (!ok)
    throw new Refusal([`state: must free stack "${stack.name}", got "${withoutUser(complaint.trim())}"`]);
}
