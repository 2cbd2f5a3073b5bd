import { backendOf } from "../home.ts";
import { settingsOf } from "../overrides.ts";
import { writeWork } from "../project.ts";
import { Refusal } from "../refusal.ts";
import { engineFor, findTools, silent, type Session } from "../session.ts";
import { folderOf } from "../state/backend.ts";
import type { Checkpoint } from "../state/checkpoint.ts";
import { stateProblem, withoutUser } from "../state/unreachable.ts";
import { historyOf } from "./history.ts";
import { imagesIn, releasesIn, type Releases } from "./releases.ts";
import { digestsAmong, releasesInUpdates } from "./updates.ts";

/** What applications ran and run, by the engine's history: nothing else keeps it. Throws {@link Refusal}. */
export async function recordOf(
  session: Session,
  checkpoint: Checkpoint | undefined,
  isApplication: (service: string) => boolean,
): Promise<Releases> {
  const { home, stack } = session;
  const folder = folderOf(backendOf(home));
  if (folder !== undefined) {
    const history = await historyOf(folder, stack.name);
    // A run that was killed has written none, and left what it was in the middle of.
    const before = history.runs.at(-1)?.checkpoint.pending.length ?? 0;
    const killed = checkpoint !== undefined && checkpoint.pending.length > before;
    return {
      releases: releasesIn(history, isApplication),
      now: checkpoint === undefined ? {} : imagesIn(checkpoint, isApplication),
      failed: history.failed || killed,
    };
  }
  const engine = await engineFor(session, await findTools(silent));
  await writeWork(home, stack);
  const words = ["stack", "history", "--json", "--page-size", "0", "--stack", stack.name];
  const { ok, stdout, complaint } = await engine.command(...words);
  const unreachable = ok ? undefined : stateProblem(backendOf(home), complaint);
  if (unreachable !== undefined) throw new Refusal([unreachable]);
  if (!ok)
    throw new Refusal([`rollback: must have the history of runs, got "${withoutUser(complaint.trim())}"`]);
  return {
    ...releasesInUpdates(stdout, isApplication),
    now: digestsAmong(settingsOf(stack.config).images, isApplication),
  };
}
