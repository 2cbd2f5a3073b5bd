import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { backupFolder } from "../../systems/facts.ts";
import { exec } from "../docker/exec.ts";
import type { Verdict } from "./verdicts.ts";

/**
 * Whether the folder that a container writes backups to is the one that its path leads to now. A container keeps what
 * it mounted, however that is moved, and where another disk is mounted over it. Nothing where backups go elsewhere.
 */
export async function lookAtBackupFolder(docker: Docker, backup: ContainerInfo): Promise<Verdict[]> {
  const mount = backup.Mounts.find(({ Destination }) => Destination === backupFolder);
  if (mount === undefined) return [];
  const { Source: folder } = mount;
  const verdict = (outcome: Verdict["outcome"], detail: string): Verdict[] => [
    { level: "backup", what: "folder", outcome, detail },
  ];
  const seen = await exec(docker, backup.Id, ["stat", "-c", "%d:%i", backupFolder]);
  if (seen.code !== 0) return verdict("fail", `${folder}: ${seen.output.trim()}`);
  const found = await isFolder(docker, backup, folder, seen.output.trim());
  if (found === "same") return verdict("pass", folder);
  const what =
    found === "none" ? "isn't there any more" : "is another folder than the one that backups go to";
  return verdict("fail", `${folder} ${what}; mount or move it back, then berth restart backup`);
}

/** A container that mounts the path anew tells, on whichever machine the engine is. */
async function isFolder(
  docker: Docker,
  { ImageID, Labels }: ContainerInfo,
  folder: string,
  known: string,
): Promise<"same" | "another" | "none"> {
  const container = await docker
    .createContainer({
      Image: ImageID,
      Labels: { "berth.stack": Labels["berth.stack"] ?? "", "berth.role": "verify" },
      User: "0:0",
      Entrypoint: ["sh", "-c", `[ "$(stat -c %d:%i ${backupFolder})" = "$0" ]`, known],
      Cmd: [],
      HostConfig: {
        Mounts: [{ Type: "bind", Source: folder, Target: backupFolder, ReadOnly: true }],
        NetworkMode: "none",
        CapDrop: ["ALL"],
        ReadonlyRootfs: true,
      },
    })
    .catch((error: unknown) => {
      if (String(error).includes("bind source path does not exist")) return undefined;
      throw error;
    });
  if (container === undefined) return "none";
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    return StatusCode === 0 ? "same" : "another";
  } finally {
    await container.remove({ force: true, v: true });
  }
}
