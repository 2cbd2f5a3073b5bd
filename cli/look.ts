import { isNamed } from "./docker/machines.ts";
import { Refusal } from "./refusal.ts";
import { checkpointOf, type Session } from "./session.ts";
import type { Checkpoint } from "./state/checkpoint.ts";

/**
 * The stack's checkpoint for who only looks: where it can't be read and settings alone name the machine, that is said on stderr, and
 * the state is `unread`. Throws {@link Refusal} elsewhere.
 */
export async function checkpointToLook(
  session: Session,
): Promise<{ checkpoint: Checkpoint | undefined; unread: boolean }> {
  try {
    return { checkpoint: await checkpointOf(session), unread: false };
  } catch (error) {
    if (!(error instanceof Refusal) || !isNamed(session.stack.config)) throw error;
    for (const problem of error.problems)
      process.stderr.write(`warning: ${problem}; going on without it, on the machine that settings name\n`);
    return { checkpoint: undefined, unread: true };
  }
}

/** Nobody who can't read the state knows whether something ought to run: to start it is no advice then. */
export function nothingRuns(stack: string, unread: boolean): string {
  return unread
    ? `nothing of stack ${stack} runs on the machine that settings name; whether something should, its state tells: mend what the warning says`
    : `nothing of stack ${stack} runs; berth up --stack ${stack} starts it`;
}

/** What is said of a stack that no run has made, whether anything describes it or not. */
export function nothingKnown(stack: string): string {
  return `nothing of stack ${stack} is on record; berth up --stack ${stack} starts it`;
}
