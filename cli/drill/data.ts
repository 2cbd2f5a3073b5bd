import type { ContainerInspectInfo } from "dockerode";

/** What a drill has of its own instead of a stack's data: the source, and `uid:gid` of who owns it. */
export interface DrillVolume {
  source: string;
  owner: string;
}

const kept = "/backup/volumes/";

/**
 * Of these containers every volume that isn't files of Berth's, and every folder that is backed up: by `roles` of
 * volumes, and by what the container of backups mounts. Whoever may write it owns it.
 */
export function drillVolumes(
  containers: readonly ContainerInspectInfo[],
  backup: ContainerInspectInfo,
  roles: ReadonlyMap<string, string>,
): DrillVolume[] {
  const folders = new Set(
    (backup.HostConfig.Mounts ?? []).flatMap(({ Target, Source, Type }) =>
      Type === "bind" && Target.startsWith(kept) ? [Source] : [],
    ),
  );
  const found = new Map<string, string>();
  for (const { HostConfig, Config } of containers) {
    for (const { Source, Type, ReadOnly } of HostConfig.Mounts ?? []) {
      const data =
        Type === "volume" ? ["data", "shared"].includes(roles.get(Source) ?? "") : folders.has(Source);
      if (data && (ReadOnly !== true || !found.has(Source))) found.set(Source, Config.User);
    }
  }
  return [...found].map(([source, owner]) => ({ source, owner }));
}

/** What makes backups keeps a state of its own, and no data of the system's. */
export function isState({ HostConfig }: ContainerInspectInfo, volume: string): boolean {
  return (HostConfig.Mounts ?? []).some(
    ({ Source, Target }) => Source === volume && Target === "/var/lib/berth-backup",
  );
}
