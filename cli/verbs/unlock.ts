import { hostname } from "node:os";
import { agree } from "../agree.ts";
import { backendOf } from "../home.ts";
import { writeWork } from "../project.ts";
import { Refusal } from "../refusal.ts";
import { engineFor, findTools, openSession, silent, type CommonOptions, type Session } from "../session.ts";
import { folderOf } from "../state/backend.ts";
import { alive, describeHolder } from "../state/holder.ts";
import { engineLocks, heldBy, lockProblem, removeLock, type FoundLock } from "../state/locks.ts";
import { withoutUser } from "../state/unreachable.ts";

export interface UnlockOptions extends CommonOptions {
  yes?: boolean;
}

/** Frees a stack of locks whose holders can't be looked at from here. Returns the exit code. */
export async function unlock(options: UnlockOptions): Promise<number> {
  const session = await openSession(options);
  const { home, stack, output } = session;
  const own = await heldBy(home.runs, stack.name);
  const found = [...(own === undefined ? [] : [own]), ...(await engineLocks(home, stack.name))];
  const problems = (await Promise.all(found.map(isHere)))
    .map((here, index) => (here ? found[index] : undefined))
    .flatMap((lock) => (lock === undefined ? [] : [lockProblem(stack.name, lock.holder)]));
  if (problems.length > 0) throw new Refusal([...new Set(problems)]);
  const isElsewhere = folderOf(backendOf(home)) === undefined;
  const holders = [...new Set(found.map(({ holder }) => describeHolder(holder)))];
  // What is in a bucket the engine shows to nobody whom it doesn't refuse.
  const all = isElsewhere ? [...holders, `whoever holds ${withoutUser(backendOf(home))}`] : holders;
  if (all.length > 0) await agree("unlock", frees(stack.name, all), options.yes ?? false);
  await Promise.all(found.map(removeLock));
  if (isElsewhere) await cancel(session);
  if (output.json) output.emit({ stack: stack.name, freed: holders });
  else {
    for (const holder of holders) output.say(`removed the lock of ${holder}`);
    output.say(`stack ${stack.name} is free`);
  }
  return 0;
}

/** A command of this machine's that is at work ends by itself, or by being told to. */
async function isHere({ holder }: FoundLock): Promise<boolean> {
  return holder.host === hostname() && (await alive(holder));
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
