import { systemOf } from "../project.ts";
import { Refusal } from "../refusal.ts";
import type { Session } from "../session.ts";
import { lockProblems } from "../state/lockElsewhere.ts";
import { hold, type Held } from "../state/locks.ts";

/** Until this command ends: what it finds and what it writes are the same run's. Throws {@link Refusal}. */
export async function holdAlone(
  session: Session,
  doing: string,
): Promise<Extract<Held, { release(): void }>> {
  const held = await hold(session.home.runs, session.stack.name, doing);
  const problems = "problem" in held ? [held.problem] : await lockProblems(session);
  if ("problem" in held || problems.length > 0) throw new Refusal(problems);
  return held;
}

/** By plain Pulumi too the next run is the same, because the stack's file says so. Throws {@link Refusal}. */
export function fileOf({ stack }: Pick<Session, "stack">): string {
  const { name, file } = stack;
  if (file !== undefined) return file;
  throw new Refusal([
    `stack "${name}": must have a file Pulumi.${name}.yaml for the images, got none; write one with config: { berth:system: ${systemOf(stack)} } and all else that -c gives it`,
  ]);
}
