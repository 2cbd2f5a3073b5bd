import type Docker from "dockerode";
import { owned } from "../docker/owned.ts";
import { wantedContainers, type Checkpoint } from "../state/checkpoint.ts";
import { changesOf } from "./container.ts";

/** A container that is still the one the last run made, and that somebody has changed by hand. */
export interface Changed {
  name: string;
  /** What is different, without a secret's value. */
  what: string;
}

/** Limits, restart policies and networks that aren't as the last run left them. */
export async function changedByHand(
  dockers: readonly Docker[],
  checkpoint: Checkpoint,
  stack: string,
): Promise<Changed[]> {
  const all = await Promise.all(dockers.map((docker) => changedHere(docker, checkpoint, stack)));
  return all.flat();
}

async function changedHere(docker: Docker, checkpoint: Checkpoint, stack: string): Promise<Changed[]> {
  const { containers } = await owned(docker, stack);
  const here = new Set(containers.filter(({ State }) => State === "running").map(({ Id }) => Id));
  const found = await Promise.all(
    wantedContainers(checkpoint)
      .filter(({ id = "" }) => here.has(id))
      .map(async (resource) => {
        const is = await docker.getContainer(resource.id ?? "").inspect();
        return changesOf(resource, is).map((what) => ({ name: is.Name.replace(/^\//, ""), what }));
      }),
  );
  return found.flat();
}
