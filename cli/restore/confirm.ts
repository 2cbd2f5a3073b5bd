import { ask } from "../ask.ts";
import { Refusal } from "../refusal.ts";
import type { KeptBackup } from "../backup/list.ts";

/** Asks before what is there gives way to what was; where nobody can answer, only `--yes` counts. Throws {@link Refusal}. */
export async function confirmRestore(
  stack: string,
  { time, stack: source }: KeptBackup,
  yes: boolean,
): Promise<void> {
  if (yes) return;
  const what = `the data of stack "${stack}" by what stack "${source}" had at ${time}`;
  if (!process.stdin.isTTY)
    throw new Refusal([`--yes: must be given where nobody can be asked; it replaces ${what}`]);
  const answer = await ask(`This replaces ${what}. Type the stack's name (${stack}) to go on: `);
  if (answer !== stack)
    throw new Refusal([`restore: must be confirmed with "${stack}", got "${answer}"; nothing was changed`]);
}
