import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { backupCommand } from "../backup/command.ts";
import { chosenBackup } from "../backup/list.ts";
import { listBackups, type BackupPlace } from "../backup/place.ts";
import { interruptedCode } from "../interrupt.ts";
import { owned, roleOf, serviceOf, type Owned } from "../docker/owned.ts";
import { runScratch, writingTwin } from "../restore/scratch.ts";
import type { Settings } from "../../settings.ts";
import { drillVolumes, isState } from "./data.ts";
import { DrillScratch } from "./scratch.ts";
import { onDrillData } from "./twin.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

type Say = (line: string) => void;

/** One running container of a service that a drill starts a like of. */
interface Tried {
  name: string;
  kind: string;
  phase: string;
  info: ContainerInspectInfo;
}

/**
 * Starts the release that runs against the newest backup, on a network without a way out: stores, each with what is
 * restored, and one after the other every application that answers, which has to become healthy. Returns whether all did.
 */
export async function drillSystem(place: BackupPlace, say: Say): Promise<boolean> {
  const { session, settings, docker, container } = place;
  const { stack } = session;
  const held = await owned(docker, stack.name);
  const look = ({ Id }: { Id: string }) => docker.getContainer(Id).inspect();
  const tried: Tried[] = [];
  for (const { found, ...rest } of wanted(held, settings.definition))
    tried.push({ ...rest, info: await look(found) });
  const backup = await look(container);
  const roles = new Map(
    held.volumes.filter(({ Name }) => !isState(backup, Name)).map((volume) => [volume.Name, roleOf(volume)]),
  );
  const looks = (store: boolean) =>
    tried.filter(({ phase }) => (phase === "store") === store).map(({ info }) => info);
  const volumes = drillVolumes({ stores: looks(true), others: looks(false), backup, roles });
  const newest = chosenBackup(await listBackups(place), stack.name);
  const scratch = new DrillScratch(docker, stack.name, volumes);
  const leave = () => {
    say("ending the drill");
    void scratch.close().finally(() => process.exit(interruptedCode));
  };
  for (const signal of signals) process.once(signal, leave);
  try {
    await scratch.open(backup);
    for (const database of tried.filter(({ kind }) => kind === "postgres")) {
      if (!(await well(scratch, database, say))) return false;
      const provision = held.containers.find((one) => isJob(one, database.name, "provision"));
      if (provision && (await scratch.again(await look(provision), say)) !== 0) return false;
    }
    const command = backupCommand("restore", newest.time, newest.stack);
    const restoring = onDrillData(writingTwin(backup, command), scratch.place);
    if ((await runScratch(docker, restoring, say)) !== 0) return false;
    // One at a time: the machine has room for the system once.
    const others = tried.filter(({ kind }) => kind !== "postgres");
    for (const one of others) {
      if (!(await well(scratch, one, say))) return false;
      // What is restored has the keys of then.
      const bucket = held.containers.find(
        (each) => one.kind === "objectStore" && isJob(each, one.name, "bucket"),
      );
      if (bucket && (await scratch.again(await look(bucket), say)) !== 0) return false;
    }
    return true;
  } finally {
    for (const signal of signals) process.off(signal, leave);
    await scratch.close();
  }
}

/** Stores first, then applications that answer, each by its first container that runs. */
function wanted({ containers }: Owned, { services }: Settings["definition"]) {
  const running = containers.filter((one) => roleOf(one) === "service" && one.State === "running");
  const all = Object.entries(services).flatMap(([name, { kind, phase, answers }]) => {
    const found = running.find((one) => serviceOf(one) === name);
    const takes = phase === "store" || (phase === "application" && answers === true);
    return found !== undefined && takes ? [{ name, kind, phase, found }] : [];
  });
  return all.toSorted((a, b) => Number(b.phase === "store") - Number(a.phase === "store"));
}

/** The job by which applications can log in: that of a database's roles, or of a store's user and bucket. */
function isJob(container: ContainerInfo, service: string, job: "provision" | "bucket"): boolean {
  const named = container.Names[0]?.startsWith(`/${service}-${job}-`) === true;
  return roleOf(container) === "job" && serviceOf(container) === service && named;
}

/** Applications are stopped once they are well, stores stay for them. */
async function well(scratch: DrillScratch, { name, phase, info }: Tried, say: Say): Promise<boolean> {
  const id = await scratch.start(info);
  const healthy = await scratch.becomesWell(id);
  say(
    healthy
      ? `drill: ${name} is healthy with it`
      : `drill: ${name} must become healthy with the backup, and doesn't`,
  );
  if (healthy && phase === "application") await scratch.stop(id);
  return healthy;
}
