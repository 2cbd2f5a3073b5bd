import type Docker from "dockerode";
import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { backupFolder } from "../../systems/facts.ts";
import { exec } from "../docker/exec.ts";
import { unlessGone } from "../docker/gone.ts";
import { reasonOf } from "../refusal.ts";
import type { Verdict } from "./verdicts.ts";

/** Seconds after which a folder on a disk that hangs is given up. */
const patience = 20;
const label = "berth.verify";

/**
 * Whether the folder that a container writes backups to is the one that its path leads to now. A container keeps what
 * it mounted, however that is moved, and where another disk is mounted over it. Nothing where backups go elsewhere.
 */
export async function lookAtBackupFolder(
  docker: Docker,
  { Id, Mounts }: ContainerInfo,
  seconds = patience,
): Promise<Verdict[]> {
  if (!Mounts.some(({ Destination }) => Destination === backupFolder)) return [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`backup.to: must be a folder that answers, got none within ${seconds} s`));
    }, seconds * 1000);
  });
  const [outcome, detail] = await Promise.race([look(docker, Id), late])
    .catch((error: unknown) => ["fail", reasonOf(error)] as const)
    .finally(() => {
      clearTimeout(timer);
    });
  return [{ level: "backup", what: "folder", outcome, detail }];
}

async function look(docker: Docker, id: string): Promise<["pass" | "fail", string]> {
  const backup = await docker.getContainer(id).inspect();
  const mounts = backup.HostConfig.Mounts ?? [];
  // As the engine was given it: what it says of a mount may be a path in a machine of its own.
  const folder = mounts.find(({ Target }) => Target === backupFolder)?.Source ?? "";
  const number = [busyboxOf(backup), "stat", "-c", "%d:%i", backupFolder];
  const { code, output } = await exec(docker, id, number);
  if (code !== 0) return ["fail", `${folder}: ${output.trim()}`];
  const found = await mountedAnew(docker, backup, output.trim());
  if (found === "same") return ["pass", folder];
  const what =
    found === "none" ? "isn't there any more" : "is another folder than the one that backups go to";
  return ["fail", `${folder} ${what}; mount or move it back, then berth restart backup`];
}

/** What its entrypoint begins with; its image may have neither a shell nor anything else. */
function busyboxOf({ Config }: ContainerInspectInfo): string {
  const [busybox = "busybox"] = Config.Entrypoint as string[];
  return busybox;
}

/**
 * A container that mounts the path now tells, on whichever machine the engine is. It has no label of the stack's: a run
 * or a drift beside it would take it for somebody's.
 */
async function mountedAnew(
  docker: Docker,
  backup: ContainerInspectInfo,
  known: string,
): Promise<"same" | "another" | "none"> {
  const busybox = busyboxOf(backup);
  const stack = backup.Config.Labels["berth.stack"] ?? "";
  await removeLeft(docker, stack);
  const mounts = backup.HostConfig.Mounts ?? [];
  const wanted = mounts.filter(({ Target }) => Target === backupFolder || busybox.startsWith(`${Target}/`));
  const container = await docker
    .createContainer({
      Image: backup.Image,
      Labels: { [label]: stack },
      User: "0:0",
      Entrypoint: [
        ...[busybox, "sh", "-c"],
        `[ "$(${busybox} stat -c %d:%i ${backupFolder})" = "$0" ]`,
        known,
      ],
      Cmd: [],
      HostConfig: {
        Mounts: wanted.map((mount) => ({ ...mount, ReadOnly: true })),
        NetworkMode: "none",
        CapDrop: ["ALL"],
        ReadonlyRootfs: true,
      },
    })
    .catch((error: unknown) => {
      if (/bind source path does not exist|not a directory/.test(String(error))) return undefined;
      throw error;
    });
  if (container === undefined) return "none";
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    return StatusCode === 0 ? "same" : "another";
  } finally {
    await container.remove({ force: true, v: true }).catch(unlessGone);
  }
}

/** Of a look that ^C or a kill has ended; another may be under way. */
async function removeLeft(docker: Docker, stack: string): Promise<void> {
  const filters = JSON.stringify({ label: [`${label}=${stack}`] });
  const left = await docker.listContainers({ all: true, filters });
  for (const { Id } of left.filter(({ Created }) => Created < Date.now() / 1000 - 10 * patience))
    await docker.getContainer(Id).remove({ force: true, v: true }).catch(unlessGone);
}
