import { ask } from "./ask.ts";
import { Refusal } from "./refusal.ts";

/** Asks before a verb does `what`; where nobody can answer, only `--yes` counts. Throws {@link Refusal}. */
export async function agree(verb: string, what: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY)
    throw new Refusal([`--yes: must be given where nobody can be asked; berth ${verb} ${what}`]);
  const answer = await ask(`This ${what}. Go on? [y/N] `);
  if (!/^y(es)?$/i.test(answer))
    throw new Refusal([`${verb}: must be confirmed with "y", got "${answer}"; nothing was changed`]);
}
