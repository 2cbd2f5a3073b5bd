import { backupState, stateText } from "../backup/state.ts";
import { reachedDockers } from "../docker/machines.ts";
import { diskOf, diskText, roomLeft } from "../docker/disk.ts";
import { firingAlerts } from "../docker/alerts.ts";
import { withImageNames } from "../docker/imageNames.ts";
import { engineInfo } from "../docker/open.ts";
import { owned, roleOf } from "../docker/owned.ts";
import { publicProxies } from "../docker/publicProxies.ts";
import { waitingWork } from "../docker/queues.ts";
import { isPast, isTakenBack, isTask, lookAtSwarm, withHashes, type SwarmLook } from "../docker/swarm.ts";
import { usageOf } from "../docker/usage.ts";
import { checkpointToLook, nothingRuns } from "../look.ts";
import { maintenanceSeen, maintenanceText } from "../maintenance/state.ts";
import { checkSettings } from "../preflight/settings.ts";
import { Refusal } from "../refusal.ts";
import { openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { wantedReplicas, wantedServices } from "../state/checkpoint.ts";
import { alertTable } from "../alertTable.ts";
import { placeTable, queueTable, replicaTable, statusRows, statusTable } from "../statusTable.ts";
import { lastFailure } from "../verify/certificate.ts";
import { urlsOf } from "../summary.ts";
import { table } from "../table.ts";

/** Says what runs, of what release, and how it is. Exits with 1 unless everything wanted is healthy. */
export async function status(options: CommonOptions): Promise<number> {
  const session = await revealed(await openSession(options));
  const { output, stack } = session;
  const { checkpoint, unread } = await checkpointToLook(session);
  const { dockers, ways, lost } = await reachedDockers(stack.config, checkpoint);
  const { settings } = await checkSettings(stack, { ended: true });
  const found = await Promise.all(
    dockers.map(async (docker, index) => {
      const { containers } = await owned(docker, stack.name);
      const serving = containers.filter((container) => roleOf(container) === "service" && !isPast(container));
      const [{ Name: machine }, disk, here, usage, queues, alerts] = await Promise.all([
        engineInfo(docker),
        diskOf(docker, ways[index]),
        withImageNames(docker, serving, settings?.services),
        usageOf(docker, serving),
        waitingWork(docker, serving, settings?.definition),
        firingAlerts(docker, serving, settings?.services),
      ]);
      return { docker, machine, disk, containers: here, usage, queues, alerts };
    }),
  );
  const all = found.flatMap(({ containers }) => containers);
  const isSwarm = all.some(isTask) || (checkpoint !== undefined && wantedServices(checkpoint).length > 0);
  const swarm = isSwarm ? await lookAtSwarm(dockers[0], stack.name).catch(sayRefused) : noSwarm;
  const services = withHashes(
    all.filter((one) => !isTakenBack(one, swarm)),
    swarm,
  );
  const wanted = checkpoint ? wantedReplicas(checkpoint) : [];
  const queues = found.flatMap((machine) => machine.queues);
  const alerts = found.flatMap((machine) => machine.alerts);
  const rows = statusRows(services, wanted, new Map(found.flatMap(({ usage }) => [...usage])), {
    machines: new Map(
      found.flatMap(({ machine, containers }) =>
        containers.filter(isTask).map(({ Id }) => [Id, machine] as const),
      ),
    ),
  });
  const backup = await backupState(dockers[0], found[0]?.containers ?? [], settings);
  const urls = urlsOf(checkpoint?.outputs ?? {});
  const failure = await lastFailure(dockers[0], found[0]?.containers ?? []);
  const maintenance = await maintenanceSeen(publicProxies(found));
  // Where nobody knows what ought to run, something may be missing.
  const healthy =
    !unread && lost.length === 0 && rows.length > 0 && rows.every((row) => row.healthy >= row.wanted);
  if (output.json) {
    output.emit({
      stack: stack.name,
      healthy,
      services: rows,
      queues,
      alerts,
      backup,
      disks: found.map(({ disk }) => disk),
      urls: Object.fromEntries(urls),
      maintenance,
      ...(unread && { unread }),
      ...(lost.length > 0 && { lost }),
      ...(failure !== "" && { certificates: failure }),
    });
    return healthy ? 0 : 1;
  }
  if (rows.length === 0) {
    output.say(nothingRuns(stack.name, unread));
    return 1;
  }
  const pages = table([{ title: "page" }, { title: "url" }], urls);
  const { colour } = output;
  const parts = [
    statusTable(rows, colour),
    replicaTable(rows, colour),
    placeTable(rows, colour),
    queueTable(queues, colour),
    alertTable(alerts, colour),
    pages,
  ];
  const lines = parts.filter((part) => part.length > 0).flatMap((part) => ["", ...part]);
  for (const line of lines.slice(1)) output.say(line);
  if (failure !== "") output.say(`\n${colour.yellow("certificates")}: the last try failed: ${failure}`);
  output.say("");
  if (maintenance.active)
    output.say(colour.yellow(`maintenance: ${maintenanceText(stack.name, maintenance)}`));
  for (const { disk } of found) {
    const name = found.length > 1 ? `disk of ${disk.machine}` : "disk";
    if ("reason" in disk) output.say(`${name}: can't be looked at from here: ${disk.reason}`);
    else if (roomLeft(disk) === "enough") output.say(`${name}: ${diskText(disk, stack.name)}`);
    else output.say(colour.yellow(`${name}: ${diskText(disk, stack.name)}`));
  }
  output.say(`backup: ${stateText(backup)}`);
  return healthy ? 0 : 1;
}

const noSwarm: SwarmLook = { services: [], tasks: [] };

/** What the machines themselves say is shown all the same. */
function sayRefused(error: unknown): SwarmLook {
  if (!(error instanceof Refusal)) throw error;
  for (const problem of error.problems) process.stderr.write(`warning: ${problem}\n`);
  return noSwarm;
}
