import { backupCommand } from "../backup/command.ts";
import { chosenBackup } from "../backup/list.ts";
import { listBackups, openBackups } from "../backup/place.ts";
import { serviceOf } from "../docker/owned.ts";
import { confirmRestore } from "../restore/confirm.ts";
import { runScratch, writingTwin } from "../restore/scratch.ts";
import { uninterrupted } from "../restore/uninterrupted.ts";
import { startAll, stopAll, writers } from "../restore/writers.ts";
import type { CommonOptions } from "../session.ts";
import { timeOf } from "../since.ts";

export interface RestoreOptions extends CommonOptions {
  at?: string;
  from?: string;
  yes?: boolean;
}

/** Gives a stack the data of a backup: what writes stands still meanwhile. Returns the exit code. */
export async function restore(options: RestoreOptions): Promise<number> {
  const place = await openBackups(options);
  const { session, settings, docker, machines, container } = place;
  const { output, stack } = session;
  const chosen = chosenBackup(
    await listBackups(place),
    options.from ?? stack.name,
    timeOf("--at", options.at),
  );
  await confirmRestore(stack.name, chosen, options.yes ?? false);
  const stopped = writers(machines, settings.definition);
  const names = [...new Set(stopped.map(({ info }) => serviceOf(info)))].sort().join(", ");
  const say = (line: string) => {
    output.say(line);
  };
  const backup = await docker.getContainer(container.Id).inspect();
  const writing = writingTwin(backup, backupCommand("restore", chosen.time, chosen.stack));
  let unwell: string[] = [];
  const work = async (): Promise<number> => {
    try {
      say(`stopping ${names}`);
      await stopAll(stopped);
      return await runScratch(docker, writing, say);
    } finally {
      say(`starting ${names}`);
      unwell = await startAll(stopped);
    }
  };
  const code = await uninterrupted(work, say);
  for (const service of unwell)
    say(`${service}: must become healthy with the restored data, and isn't yet; berth logs ${service}`);
  const ok = code === 0 && unwell.length === 0;
  if (output.json)
    output.emit({
      stack: stack.name,
      result: ok ? "ok" : "failed",
      time: chosen.time,
      from: chosen.stack,
      unwell,
    });
  else if (ok) say(`stack ${stack.name} has the data of ${chosen.time}`);
  return ok ? 0 : 1;
}
