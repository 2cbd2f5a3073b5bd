import { backendOf } from "../home.ts";
import { writeWork } from "../project.ts";
import { Refusal } from "../refusal.ts";
import { engineFor, findTools, silent, type Session } from "../session.ts";
import { folderOf } from "./backend.ts";
import { engineLocks, foreignLock, lockIn, lockProblem } from "./locks.ts";
import { placeOf, saysNoStack, unreadable } from "./unreachable.ts";

/** Why the engine's locks keep a command from changing a stack, a line each, wherever the state is. Throws {@link Refusal}. */
export async function lockProblems(session: Session): Promise<string[]> {
  const { home, stack } = session;
  const locks = await engineLocks(home, stack.name);
  return [
    ...locks.filter(({ alive }) => alive).map((lock) => lockProblem(stack.name, lock)),
    ...(await locksElsewhere(session)),
  ];
}

/**
 * The same of a state that is in no folder, where the engine alone sees a lock: a second or so, for a verb that changes
 * much before the engine runs, or without it. One that this machine's last engine left it removes. Throws {@link Refusal}
 * where it can't tell.
 */
export async function locksElsewhere(session: Session): Promise<string[]> {
  const { home, stack } = session;
  const backend = backendOf(home);
  if (folderOf(backend) !== undefined) return [];
  const engine = await engineFor(session, await findTools(silent));
  await writeWork(home, stack);
  const isService = /^https?:/.test(backend);
  const question = isService ? ["stack"] : ["stack", "rename", stack.name];
  const { ok, stdout, complaint } = await engine.command(...question, "--stack", stack.name);
  const problem = ok ? runIn(stdout, stack.name, placeOf(backend)) : lockIn(complaint, stack.name);
  if (problem !== undefined) return [problem];
  if (!ok && !isFree(complaint)) throw new Refusal([unreadable(backend, complaint)]);
  return [];
}

/**
 * To rename a stack the engine takes its lock before all else, and then refuses a name that is taken, as its own is; of
 * its commands that take it this one alone changes nothing (pulumi/pulumi pkg/backend/diy/backend.go, renameStack).
 */
function isFree(complaint: string): boolean {
  return /a stack named \S+ already exists/.test(complaint) || saysNoStack(complaint);
}

/** A service that keeps states has no locks: it tells of a run (pulumi/pulumi pkg/cmd/pulumi/stack/stack.go). */
function runIn(text: string, stack: string, place: string): string | undefined {
  const [, kind, began, who] =
    /^ +([\w-]+) in progress:\n\s+Started: (.+)\n\s+Requested By: (.+)$/m.exec(text) ?? [];
  if (kind === undefined) return undefined;
  return foreignLock(stack, `${who} with pulumi ${kind.toLowerCase()} in ${place}, since ${began}`);
}
