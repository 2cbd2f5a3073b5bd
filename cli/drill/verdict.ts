import { reasonOf } from "../refusal.ts";

/** What a restore says after its reason. */
const restoreEnded = /^backup: (?:nothing was changed|ended half way: )/;

/**
 * Tries the release with the backup, and has `unfit` hear why where that fails: the last that was said of it. The
 * container of backups has found that the backup is whole, and keeps what status, metrics and alerts go by.
 */
export async function withVerdict(
  drill: (say: (line: string) => void) => Promise<boolean>,
  say: (line: string) => void,
  unfit: (reason: string) => Promise<unknown>,
): Promise<boolean> {
  let reason = "";
  const heard = (line: string) => {
    if (!restoreEnded.test(line)) reason = line.replace(/^(?:backup|drill): /, "");
    say(line);
  };
  const ok = await drill(heard).catch(async (error: unknown) => {
    await unfit(`drill: ${reasonOf(error)}`);
    throw error;
  });
  if (!ok) await unfit(`drill: ${reason}`);
  return ok;
}
