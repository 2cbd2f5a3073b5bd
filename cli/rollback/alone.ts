import { systemOf } from "../project.ts";
import { Refusal } from "../refusal.ts";
import type { Session } from "../session.ts";
import { engineLocks, hold, lockProblem, type Held } from "../state/locks.ts";

/** Until this command ends: what it finds and what it writes are the same run's. Throws {@link Refusal}. */
export async function holdAlone(
  { home, stack: { name } }: Pick<Session, "home" | "stack">,
  doing: string,
): Promise<Extract<Held, { release(): void }>> {
  const held = await hold(home.runs, name, doing);
  const locks = await engineLocks(home, name);
  const problems = [
    ...("problem" in held ? [held.problem] : []),
    ...locks.filter(({ alive }) => alive).map((lock) => lockProblem(name, lock)),
  ];
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
