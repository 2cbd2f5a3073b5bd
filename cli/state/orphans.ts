import type Docker from "dockerode";
import type { Owned } from "../docker/owned.ts";
import { nameOf, roleOf } from "../docker/owned.ts";
import { containerType, networkType, volumeType, type Checkpoint } from "./checkpoint.ts";

export interface Orphan {
  kind: "container" | "network" | "volume";
  id: string;
  name: string;
}

/**
 * What an interrupted run made without getting to write it down. Only what a pending step names and no resource
 * has: another stack of this name, on the same engine with state elsewhere, keeps what it has. Volumes with names of
 * their own, and so all that hold data, stay: making one that exists is no error.
 */
export function findOrphans(checkpoint: Checkpoint, owned: Owned): Orphan[] {
  const known = new Set(checkpoint.resources.map(({ id }) => id));
  const begun = (type: string) =>
    new Set(
      checkpoint.pending
        .filter((step) => step.type === "creating" && step.resource.type === type)
        .map(({ resource }) => resource.inputs?.name),
    );
  const [containers, networks, volumes] = [begun(containerType), begun(networkType), begun(volumeType)];
  return [
    ...owned.containers
      .filter((container) => containers.has(nameOf(container)))
      .map((container) => ({ kind: "container" as const, id: container.Id, name: nameOf(container) })),
    ...owned.networks
      .filter(({ Name }) => networks.has(Name))
      .map(({ Id, Name }) => ({ kind: "network" as const, id: Id, name: Name })),
    ...owned.volumes
      .filter((volume) => volumes.has(volume.Name) && roleOf(volume) === "files")
      .map(({ Name }) => ({ kind: "volume" as const, id: Name, name: Name })),
  ].filter(({ id }) => !known.has(id));
}

export async function removeOrphan(docker: Docker, { kind, id }: Orphan): Promise<void> {
  if (kind === "container") await docker.getContainer(id).remove({ force: true, v: true });
  else if (kind === "network") await docker.getNetwork(id).remove();
  else await docker.getVolume(id).remove();
}
