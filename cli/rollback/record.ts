import { backendOf } from "../home.ts";
import { settingsOf } from "../overrides.ts";
import { writeWork } from "../project.ts";
import { Refusal } from "../refusal.ts";
import { engineFor, findTools, silent, type Session } from "../session.ts";
import { folderOf } from "../state/backend.ts";
import type { Checkpoint } from "../state/checkpoint.ts";
import { historyOf } from "./history.ts";
import { imagesIn, releasesIn, type Images, type Release } from "./releases.ts";
import { digestsAmong, releasesInUpdates } from "./updates.ts";

export interface Releases {
  /** Oldest first. */
  releases: Release[];
  now: Images;
}

/** What applications ran and run, by the engine's history: nothing else keeps it. Throws {@link Refusal}. */
export async function recordOf(
  session: Session,
  checkpoint: Checkpoint | undefined,
  isApplication: (service: string) => boolean,
): Promise<Releases> {
  const { home, stack } = session;
  const folder = folderOf(backendOf(home));
  if (folder !== undefined) {
    return {
      releases: releasesIn(await historyOf(folder, stack.name), isApplication),
      now: checkpoint === undefined ? {} : imagesIn(checkpoint, isApplication),
    };
  }
  const engine = await engineFor(session, await findTools(silent));
  await writeWork(home, stack);
  const words = ["stack", "history", "--json", "--page-size", "0", "--stack", stack.name];
  const { ok, stdout, complaint } = await engine.command(...words);
  if (!ok) throw new Refusal([`rollback: must have the history of runs, got "${complaint.trim()}"`]);
  return {
    releases: releasesInUpdates(stdout, isApplication),
    now: digestsAmong(settingsOf(stack.config).images, isApplication),
  };
}
