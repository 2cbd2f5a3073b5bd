import type Docker from "dockerode";
import { owned, type Owned } from "../docker/owned.ts";
import { wantedContainers, type Checkpoint, type StateResource } from "../state/checkpoint.ts";
import type { Changed } from "../state/drift.ts";
import { changesOf } from "./container.ts";
import { editedFiles } from "./files.ts";
import { changedServices } from "./service.ts";
import { unlessGone } from "../docker/gone.ts";

/**
 * What somebody has changed of all that a stack still has: limits, networks, and files in its volumes; and of its
 * services on a swarm, which the first engine manages, those that are gone too.
 */
export async function changedByHand(
  dockers: readonly [Docker, ...Docker[]],
  checkpoint: Checkpoint,
  stack: string,
): Promise<Changed[]> {
  const all = await Promise.all([
    ...dockers.map(async (docker) => changedOn(docker, checkpoint, await owned(docker, stack))),
    changedServices(dockers[0], checkpoint, stack),
  ]);
  return all.flat();
}

/** The same of one machine. */
export async function changedOn(docker: Docker, checkpoint: Checkpoint, held: Owned): Promise<Changed[]> {
  const running = new Set(held.containers.filter(({ State }) => State === "running").map(({ Id }) => Id));
  const serving = wantedContainers(checkpoint).filter(({ id = "" }) => running.has(id));
  const [containers, files] = await Promise.all([
    Promise.all(serving.map((resource) => changedContainer(docker, resource))),
    editedFiles(docker, checkpoint, held),
  ]);
  return [...containers.flat(), ...files];
}

async function changedContainer(docker: Docker, resource: StateResource): Promise<Changed[]> {
  const container = docker.getContainer(resource.id ?? "");
  const inspected = await container.inspect().catch(unlessGone);
  return inspected === undefined ? [] : changesOf(resource, inspected).map((what) => ({ resource, what }));
}
