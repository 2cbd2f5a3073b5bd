import type Docker from "dockerode";
import type { ContainerInfo, NetworkInspectInfo, VolumeInspectInfo } from "dockerode";

/** Everything the Docker Engine holds for a stack, by label. */
export interface Owned {
  containers: ContainerInfo[];
  networks: NetworkInspectInfo[];
  volumes: VolumeInspectInfo[];
}

export async function owned(docker: Docker, stack: string): Promise<Owned> {
  const filters = { label: [`berth.stack=${stack}`] };
  const [containers, networks, listed] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  // The engine answers null where there is none, whatever the types say.
  const volumes = listed.Volumes as VolumeInspectInfo[] | null;
  return { containers, networks, volumes: volumes ?? [] };
}

/** The same of several engines together. */
export async function ownedByAll(dockers: readonly Docker[], stack: string): Promise<Owned> {
  const all = await Promise.all(dockers.map((docker) => owned(docker, stack)));
  return {
    containers: all.flatMap(({ containers }) => containers),
    networks: all.flatMap(({ networks }) => networks),
    volumes: all.flatMap(({ volumes }) => volumes),
  };
}

export interface Labelled {
  Labels?: Record<string, string> | null;
}

export function serviceOf({ Labels }: Labelled): string {
  return Labels?.["berth.service"] ?? "?";
}

export function roleOf({ Labels }: Labelled): string {
  return Labels?.["berth.role"] ?? "?";
}

export function hashOf({ Labels }: Labelled): string {
  return Labels?.["berth.hash"] ?? "";
}

/** A container's name as people write it, without the engine's leading slash. */
export function nameOf({ Names, Id }: Pick<ContainerInfo, "Names" | "Id">): string {
  return Names[0]?.replace(/^\//, "") ?? Id.slice(0, 12);
}
