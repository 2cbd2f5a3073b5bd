import { createInterface } from "node:readline/promises";
import { Refusal } from "../refusal.ts";

/** Asks before data is deleted for good; where nobody can answer, only `--yes` counts. Throws {@link Refusal}. */
export async function confirmLoss(stack: string, volumes: readonly string[], yes: boolean): Promise<void> {
  if (yes) return;
  const what = volumes.length === 0 ? "the passwords" : `the data in ${volumes.join(", ")}`;
  if (!process.stdin.isTTY) {
    throw new Refusal([
      `--data: must come with --yes where nobody can be asked; it deletes ${what} of stack "${stack}" for good`,
    ]);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(
    `This deletes ${what} for good. Type the stack's name (${stack}) to go on: `,
  );
  terminal.close();
  if (answer.trim() !== stack)
    throw new Refusal([
      `--data: must be confirmed with "${stack}", got "${answer.trim()}"; nothing was removed`,
    ]);
}
