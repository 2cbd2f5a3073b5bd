import type Docker from "dockerode";
import { nameOf, roleOf, type Owned } from "../docker/owned.ts";

export interface Leftover {
  kind: "container" | "network" | "volume" | "folder";
  id: string;
  name: string;
  /** Holds what can't be made again. */
  data: boolean;
}

/** Everything of a stack that the engine still holds, in the order in which it can be removed. */
export function leftovers({ containers, networks, volumes }: Owned): Leftover[] {
  return [
    ...containers.map((one) => ({ kind: "container" as const, id: one.Id, name: nameOf(one), data: false })),
    ...networks.map(({ Id, Name }) => ({ kind: "network" as const, id: Id, name: Name, data: false })),
    ...volumes.map((one) => ({
      kind: "volume" as const,
      id: one.Name,
      name: one.Name,
      data: roleOf(one) === "data",
    })),
  ];
}

/** Removes them by name, without the engine's state: containers first, all at once, then what they used. */
export async function removeLeftovers(docker: Docker, list: readonly Leftover[]): Promise<void> {
  const ofKind = (kind: Leftover["kind"]) => list.filter((one) => one.kind === kind);
  await Promise.all(
    ofKind("container").map(({ id }) => docker.getContainer(id).remove({ force: true, v: true })),
  );
  await Promise.all([
    ...ofKind("network").map(({ id }) => docker.getNetwork(id).remove()),
    ...ofKind("volume").map(({ id }) => docker.getVolume(id).remove()),
  ]);
}
