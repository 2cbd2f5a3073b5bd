import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { exec } from "../docker/exec.ts";
import { openDockers } from "../docker/machines.ts";
import { serviceOf } from "../docker/owned.ts";
import { machinesOf, type Machine } from "../restore/writers.ts";
import { checkSettings } from "../preflight/settings.ts";
import { Refusal } from "../refusal.ts";
import { checkpointOf, openSession, type CommonOptions, type Session } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import type { Settings } from "../../settings.ts";
import { backupCommand } from "./command.ts";
import { backupsIn, type KeptBackup } from "./list.ts";

/** A stack with backups. */
export interface BackedUp {
  session: Session;
  settings: Settings;
  docker: Docker;
  /** Every service of the stack, on each of its machines. */
  machines: Machine[];
}

/** The container that makes a stack's backups, and what stands around it. */
export interface BackupPlace extends BackedUp {
  container: ContainerInfo;
}

/** Throws {@link Refusal} where none are made, or its container doesn't run. */
export async function openBackups(options: CommonOptions): Promise<BackupPlace> {
  return placeOf(await openBackedUp(options));
}

/** Whatever runs of it. Throws {@link Refusal} where no backups are made. */
export async function openBackedUp(options: CommonOptions): Promise<BackedUp> {
  const session = await revealed(await openSession(options));
  const { stack } = session;
  const { settings, problems } = await checkSettings(stack, { ended: true });
  if (settings === undefined) throw new Refusal(problems);
  if (settings.backup === undefined) {
    throw new Refusal([
      'backup.to: must say where backups go, such as "s3:https://host/bucket/path", got none; see docs/backups.md',
    ]);
  }
  // It is on the stack's own machine, where the data is.
  const dockers = await openDockers(stack.config, await checkpointOf(session));
  const [docker] = dockers;
  return { session, settings, docker, machines: await machinesOf(dockers, stack.name) };
}

/** Throws {@link Refusal} where its container doesn't run. */
export function placeOf(stack: BackedUp): BackupPlace {
  const container = stack.machines[0]?.services.find(
    (one) => serviceOf(one) === "backup" && one.State === "running",
  );
  if (container === undefined) {
    const { name } = stack.session.stack;
    throw new Refusal([
      `stack "${name}": must run its service "backup", got none running; berth up --stack ${name}`,
    ]);
  }
  return { ...stack, container };
}

/** Every whole backup in the storage, the oldest first; other stacks' too, where they share it. */
export async function listBackups({ docker, container }: BackupPlace): Promise<KeptBackup[]> {
  const { code, output } = await exec(docker, container.Id, backupCommand("snapshots"), 300);
  if (code !== 0) throw new Refusal([lastWords(output)]);
  return backupsIn(output);
}

/** Before anything stands still for a restore: throws {@link Refusal} while a backup or a drill is at work. */
export async function checkFree({
  docker,
  container,
}: Pick<BackupPlace, "docker" | "container">): Promise<void> {
  const { code, output } = await exec(docker, container.Id, backupCommand("free"));
  if (code !== 0) throw new Refusal([lastWords(output)]);
}

function lastWords(output: string): string {
  const lines = output.split("\n").filter((line) => line.startsWith("backup: "));
  return lines.at(-1) ?? output.trim().split("\n").at(-1) ?? "backup: must answer, got nothing";
}
