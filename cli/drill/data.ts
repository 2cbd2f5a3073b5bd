import type { ContainerInspectInfo, MountSettings } from "dockerode";

/** What a drill has of its own instead of a stack's data: the source, and `uid:gid` of who owns it. */
export interface DrillVolume {
  source: string;
  owner: string;
}

const kept = "/backup/volumes/";

/** What a drill starts the likes of. */
export interface DrillLooks {
  stores: readonly ContainerInspectInfo[];
  others: readonly ContainerInspectInfo[];
  backup: ContainerInspectInfo;
  /** Of volumes, by their names. */
  roles: ReadonlyMap<string, string>;
}

/**
 * Of these containers every volume that isn't files of Berth's, every folder that is backed up, and every folder that a
 * store writes: by `roles` of volumes, and by what the container of backups mounts. Whoever may write it owns it.
 */
export function drillVolumes({ stores, others, backup, roles }: DrillLooks): DrillVolume[] {
  const containers = [...stores, ...others, backup];
  const folders = new Set([
    ...foldersOf([backup], ({ Target }) => Target.startsWith(kept)),
    ...foldersOf(stores, ({ ReadOnly }) => ReadOnly !== true),
  ]);
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

function foldersOf(
  containers: readonly ContainerInspectInfo[],
  is: (mount: MountSettings) => boolean,
): string[] {
  const mounts = containers.flatMap(({ HostConfig }) => HostConfig.Mounts ?? []);
  return mounts.filter((mount) => mount.Type === "bind" && is(mount)).map(({ Source }) => Source);
}

/** What makes backups keeps a state of its own, and no data of the system's. */
export function isState({ HostConfig }: ContainerInspectInfo, volume: string): boolean {
  return (HostConfig.Mounts ?? []).some(
    ({ Source, Target }) => Source === volume && Target === "/var/lib/berth-backup",
  );
}
