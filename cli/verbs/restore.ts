import { backupCommand } from "../backup/command.ts";
import { chosenBackup, type KeptBackup } from "../backup/list.ts";
import {
  checkFree,
  listBackups,
  openBackedUp,
  placeOf,
  type BackedUp,
  type BackupPlace,
} from "../backup/place.ts";
import { owned } from "../docker/owned.ts";
import { Refusal } from "../refusal.ts";
import { confirmRestore } from "../restore/confirm.ts";
import { leftRestore, restoredBy, stoppedFor } from "../restore/followed.ts";
import { resumeRestore, runRestore, type RestoreEnd } from "../restore/run.ts";
import { writingTwin } from "../restore/scratch.ts";
import { machinesOf, writers } from "../restore/writers.ts";
import { holdAlone } from "../rollback/alone.ts";
import type { CommonOptions } from "../session.ts";
import { pastTimeOf } from "../since.ts";

export interface RestoreOptions extends CommonOptions {
  at?: string;
  from?: string;
  yes?: boolean;
}

/** Gives a stack the data of a backup: what writes stands still meanwhile. Returns the exit code. */
export async function restore(options: RestoreOptions): Promise<number> {
  const place = await openBackedUp(options);
  const { session, docker, machines } = place;
  const { stack } = session;
  await holdAlone(session, "berth restore");
  const say = (line: string) => {
    session.output.say(line);
  };
  const left = leftRestore((await owned(docker, stack.name)).containers);
  if (left !== undefined) {
    const backup = restoredBy(left);
    // It isn't what was asked for, and mustn't look like it.
    if (options.at !== undefined || options.from !== undefined)
      throw new Refusal([
        `restore: must follow the one that was cut off before another begins, got --at or --from; berth restore --stack ${stack.name} gives back what stack "${backup.stack}" had at ${backup.time}`,
      ]);
    const run = { stack: stack.name, docker, stopped: stoppedFor(left, machines), say };
    return tell(place, await resumeRestore(run, left), { ...backup, resumed: true });
  }
  return await begin(placeOf(place), options, say);
}

async function begin(
  place: BackupPlace,
  options: RestoreOptions,
  say: (line: string) => void,
): Promise<number> {
  const { session, settings, docker, machines, container } = place;
  const { stack } = session;
  const latest = pastTimeOf("--at", options.at);
  const chosen = chosenBackup(await listBackups(place), options.from ?? stack.name, latest);
  await confirmRestore(stack.name, chosen, options.yes ?? false);
  await checkFree(place);
  const backup = await docker.getContainer(container.Id).inspect();
  const writing = writingTwin(backup, backupCommand("restore", chosen.time, chosen.stack));
  // As they run now: a person may have taken a while to answer.
  const dockers = machines.map((machine) => machine.docker);
  const stopped = writers(await machinesOf(dockers, stack.name), settings.definition);
  const end = await runRestore({ stack: stack.name, docker, stopped, say }, writing, chosen);
  return tell(place, end, chosen);
}

function tell(
  { session: { output, stack } }: BackedUp,
  { code, unwell }: RestoreEnd,
  { time, stack: from, resumed }: KeptBackup & { resumed?: true },
): number {
  for (const { service, reason } of unwell)
    output.say(
      `${service}: must become healthy with the restored data, got "${reason}"; berth logs ${service}`,
    );
  const ok = code === 0 && unwell.length === 0;
  if (output.json) {
    const services = unwell.map(({ service }) => service);
    const result = ok ? "ok" : "failed";
    output.emit({ stack: stack.name, result, time, from, ...(resumed && { resumed }), unwell: services });
  } else if (ok) output.say(`stack ${stack.name} has the data of ${time}`);
  return ok ? 0 : 1;
}
