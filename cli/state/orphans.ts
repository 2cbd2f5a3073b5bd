import type Docker from "dockerode";
import type { Service } from "dockerode";
import type { Owned } from "../docker/owned.ts";
import { nameOf, roleOf, serviceOf } from "../docker/owned.ts";
import { isTask, swarmServiceOf } from "../docker/swarm.ts";
import {
  containerType,
  networkType,
  ownerOf,
  serviceType,
  volumeType,
  type Checkpoint,
} from "./checkpoint.ts";

export interface Orphan {
  kind: "container" | "network" | "service" | "volume";
  id: string;
  name: string;
}

/**
 * What a run that was killed or cut off made without getting to write it down. What a pending step names and no
 * resource has; and, as a cut connection leaves no such step, whatever the state doesn't know at all, unless something
 * among it was ever started: then another stack of this name, with its state elsewhere, lives on the same engine and
 * keeps what it has. Volumes with names of their own, and so all that hold data, stay: making one that exists is no error.
 */
export function findOrphans(checkpoint: Checkpoint, owned: Owned): Orphan[] {
  const known = new Set(checkpoint.resources.map(({ id }) => id));
  // The managers of a swarm make and take containers of a service that is known, and of one that isn't as well.
  const isKnown = (one: (typeof owned.containers)[number]) => known.has(swarmServiceOf(one) ?? one.Id);
  const isAlone = owned.containers.every((one) => (one.State === "created" && !isTask(one)) || isKnown(one));
  const begun = (type: string) => {
    const steps = checkpoint.pending.filter(
      (step) => step.type === "creating" && step.resource.type === type,
    );
    const names = new Set(steps.map(({ resource }) => resource.inputs?.name));
    return (name: string) => isAlone || names.has(name);
  };
  const [container, network, volume] = [begun(containerType), begun(networkType), begun(volumeType)];
  return [
    ...owned.containers
      .filter((one) => !isTask(one))
      .map((one) => ({ kind: "container" as const, id: one.Id, name: nameOf(one) }))
      .filter(({ name }) => container(name)),
    ...owned.networks
      .map(({ Id, Name }) => ({ kind: "network" as const, id: Id, name: Name }))
      .filter(({ name }) => network(name)),
    ...owned.volumes
      .filter((one) => roleOf(one) === "files")
      .map(({ Name }) => ({ kind: "volume" as const, id: Name, name: Name }))
      .filter(({ name }) => volume(name)),
  ].filter(({ id }) => !known.has(id));
}

/** Names of services of a swarm that a run was making when it was killed. */
export function begunServices({ pending }: Checkpoint): string[] {
  return pending
    .filter(({ type, resource }) => type === "creating" && resource.type === serviceType)
    .flatMap(({ resource: { inputs } }) => ownerOf(inputs).service ?? []);
}

/** Of a stack's services on its swarm those that such a run has made, and the state doesn't know. */
export function orphanedServices(
  checkpoint: Checkpoint,
  services: readonly Pick<Service, "ID" | "Spec">[],
): Orphan[] {
  const known = new Set(checkpoint.resources.map(({ id }) => id));
  const begun = begunServices(checkpoint);
  return services
    .filter(({ ID, Spec }) => !known.has(ID) && begun.includes(serviceOf({ Labels: Spec?.Labels ?? {} })))
    .map(({ ID, Spec }) => ({ kind: "service", id: ID, name: Spec?.Name ?? ID }));
}

export async function removeOrphan(docker: Docker, { kind, id }: Orphan): Promise<void> {
  if (kind === "container") await docker.getContainer(id).remove({ force: true, v: true });
  else if (kind === "service") await docker.getService(id).remove();
  else if (kind === "network") await docker.getNetwork(id).remove();
  else await docker.getVolume(id).remove();
}
