import type Docker from "dockerode";
import type { Owned } from "../docker/owned.ts";

/**
 * Frees a stack's networks of endpoints that belong to no container any more. Docker 20.10 now and then leaves one
 * behind when many containers go at once, and then refuses to remove the network until it is disconnected by force.
 * Returns what it freed. Endpoints of containers that live are let alone.
 */
export async function freePhantoms(docker: Docker, { networks }: Pick<Owned, "networks">): Promise<string[]> {
  const living = new Set((await docker.listContainers({ all: true })).map(({ Id }) => Id));
  const freed = await Promise.all(
    networks.map(async ({ Id, Name }) => {
      const network = docker.getNetwork(Id);
      const inspected = (await network.inspect()) as { Containers?: Record<string, { Name: string }> };
      const phantoms = Object.entries(inspected.Containers ?? {}).filter(([id]) => !living.has(id));
      await Promise.all(
        phantoms.map(([, { Name: name }]) => network.disconnect({ Container: name, Force: true })),
      );
      return phantoms.map(([, { Name: name }]) => `freed network ${Name} of ${name}, which is gone`);
    }),
  );
  return freed.flat();
}

/** Others' containers on a stack's networks, which keep these from going. */
export async function guests(
  docker: Docker,
  { networks }: Pick<Owned, "networks">,
  stack: string,
): Promise<string[]> {
  const containers = await docker.listContainers({ all: true });
  return networks.flatMap(({ Id, Name }) =>
    containers
      .filter(({ Labels, NetworkSettings }) => {
        const connected = Object.values(NetworkSettings.Networks).some(({ NetworkID }) => NetworkID === Id);
        return connected && Labels["berth.stack"] !== stack;
      })
      .map(
        ({ Names }) =>
          `network ${Name} is also used by container ${Names[0]?.slice(1) ?? "?"}, which isn't ours; take it off with docker network disconnect`,
      ),
  );
}
