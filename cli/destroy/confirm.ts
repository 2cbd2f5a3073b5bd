import { ask } from "../ask.ts";
import { Refusal } from "../refusal.ts";
import type { Checkpoint } from "../state/checkpoint.ts";

export interface Loss {
  stack: string;
  /** Volumes that hold data. */
  volumes: readonly string[];
  /** Backups are encrypted with a password that only the stack's state holds. */
  password: boolean;
}

/** Whether that is so: one that is set is in the stack's file. */
export function holdsBackupPassword(checkpoint: Checkpoint | undefined): boolean {
  return checkpoint?.resources.some(({ urn }) => urn.endsWith("::backup-password")) === true;
}

/** What goes for good, in words. */
export function lossText({ stack, volumes, password }: Loss): string {
  const what = volumes.length === 0 ? "the passwords" : `the data in ${volumes.join(", ")} and all passwords`;
  const kept = `pulumi stack output secrets --show-secrets --stack ${stack} shows it under "backups, password", berth env says how`;
  return password ? `${what}, with them the one without which no backup can be read (${kept})` : what;
}

/** Asks before data is deleted for good; where nobody can answer, only `--yes` counts. Throws {@link Refusal}. */
export async function confirmLoss(
  loss: Loss,
  yes: boolean,
  option: "--data" | "--gone" = "--data",
): Promise<void> {
  if (yes) return;
  const { stack } = loss;
  const what = lossText(loss);
  if (!process.stdin.isTTY) {
    throw new Refusal([
      `${option}: must come with --yes where nobody can be asked; it deletes ${what} of stack "${stack}" for good`,
    ]);
  }
  const answer = await ask(`This deletes ${what} for good. Type the stack's name (${stack}) to go on: `);
  if (answer !== stack)
    throw new Refusal([`${option}: must be confirmed with "${stack}", got "${answer}"; nothing was removed`]);
}
