import type { ContainerCreateOptions, ContainerInspectInfo, MountSettings } from "dockerode";

/** Where a drill's containers are, and what stands for the data of those they are like. */
export interface DrillPlace {
  network: string;
  /** Volume, or folder of the machine, whose content a drill has of its own → the drill's volume. */
  instead: ReadonlyMap<string, string>;
}

/** Of everything that a drill makes; no other role, so that no verb takes it for the system's. */
export const drillRole = "drill";

/** A container that runs what another runs, on a network and on data of the drill's. Nothing of it is published. */
export function twin(
  { Config, HostConfig, Image, NetworkSettings, Id }: ContainerInspectInfo,
  place: DrillPlace,
): ContainerCreateOptions {
  const { Env, Cmd, User, WorkingDir, Healthcheck, Labels } = Config;
  const host = HostConfig as ContainerCreateOptions["HostConfig"] & object;
  const { Memory, MemorySwap, NanoCpus, ShmSize, ReadonlyRootfs, Init, Ulimits } = host;
  const { Tmpfs, SecurityOpt, CapDrop, CapAdd } = HostConfig as Untyped;
  const names = Object.values(NetworkSettings.Networks).flatMap(
    ({ Aliases }) => (Aliases as string[] | null | undefined) ?? [],
  );
  const Aliases = names.filter((name) => !Id.startsWith(name));
  return {
    ...{ Image, Env, Cmd, User, WorkingDir, Healthcheck },
    StopSignal: (Config as { StopSignal?: string }).StopSignal,
    Entrypoint: Config.Entrypoint,
    Labels: { ...Labels, "berth.role": drillRole },
    HostConfig: {
      ...{ Memory, MemorySwap, NanoCpus, ShmSize, CapDrop, CapAdd, ReadonlyRootfs, Init, Ulimits },
      Mounts: (HostConfig.Mounts ?? []).map((mount) => own(mount, place)),
      ...{ Tmpfs, SecurityOpt },
      NetworkMode: place.network,
    },
    NetworkingConfig: { EndpointsConfig: { [place.network]: { Aliases } } },
  };
}

/** What the types leave open (https://docs.docker.com/reference/api/engine/, HostConfig). */
interface Untyped {
  Tmpfs?: Record<string, string>;
  SecurityOpt?: string[];
  CapDrop?: string[];
  CapAdd?: string[];
}

/** Whatever isn't the drill's own can't be written. */
function own(mount: MountSettings, { instead }: DrillPlace): MountSettings {
  const volume = instead.get(mount.Source);
  return volume === undefined ? { ...mount, ReadOnly: true } : { ...mount, Type: "volume", Source: volume };
}

/** Where what restores writes. */
const written = /^\/(?:backup\/volumes|run\/berth-databases)\//;

/** What restores, on the drill's own data. Throws rather than let it write to anybody else's. */
export function onDrillData(
  options: ContainerCreateOptions,
  { instead }: DrillPlace,
): ContainerCreateOptions {
  const { Mounts = [] } = options.HostConfig ?? {};
  const mounts = Mounts.map((mount): MountSettings => {
    const volume = instead.get(mount.Source);
    if (volume !== undefined) return { ...mount, Type: "volume", Source: volume };
    if (written.test(mount.Target))
      throw new Error(`drill: ${mount.Target} must have a volume of the drill's own`);
    return mount;
  });
  const Labels = { ...options.Labels, "berth.role": drillRole };
  // The stack's own keys of a store, which a restore would keep aside, are none of a drill's.
  const Env = [...(options.Env ?? []), "BACKUP_SCRATCH=1"];
  return { ...options, Env, Labels, HostConfig: { ...options.HostConfig, Mounts: mounts } };
}
