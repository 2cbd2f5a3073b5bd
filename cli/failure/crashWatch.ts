import { Readable } from "node:stream";
import type Docker from "dockerode";
import { linesOf } from "../docker/lines.ts";
import { swarmServiceOf, swarmServices } from "../docker/swarm.ts";
import { examine, type Candidate } from "./candidates.ts";

/** A container that ended this often while it was awaited isn't going to become healthy. */
const patience = 4;

export interface CrashWatch {
  /** What it saw, before it removed it. */
  crashed: ReadonlyMap<string, Candidate>;
  stop: () => void;
}

/** Where there is no engine to watch yet. */
export const noWatch: CrashWatch = { crashed: new Map(), stop: () => undefined };

/** The same on every machine of a stack; one that can't be watched, gone in between perhaps, is left out. */
export async function watchMachines(dockers: readonly Docker[], stack: string): Promise<CrashWatch> {
  const crashed = new Map<string, Candidate>();
  const swarm = swarmWatch(dockers[0], stack);
  const [watches] = await Promise.all([
    Promise.all(
      dockers.map((docker) => watchCrashes(docker, stack, { crashed, swarm }).catch(() => noWatch)),
    ),
    swarm.ready,
  ]);
  return {
    crashed,
    stop: () => {
      for (const watch of watches) watch.stop();
    },
  };
}

/** A swarm whose services' containers are watched. */
export interface SwarmWatch {
  /** Ends a service that this run has made; one that was there before stays. */
  giveUp: (service: string) => Promise<void>;
  /** How often the containers of each of a service's places have ended, on all machines together. */
  deaths: Map<string, number>;
  /** Services of which a container is or was looked at. */
  looked: Set<string>;
  /** It is known what was there before. */
  ready: Promise<unknown>;
}

/** The managers of a swarm go back by themselves where a release fails. Of a service's first they'd try for ever. */
function swarmWatch(manager: Docker | undefined, stack: string): SwarmWatch {
  // Where that can't be told, none is given up.
  const before = manager && swarmServices(manager, stack).catch(() => undefined);
  return {
    ready: Promise.resolve(before),
    deaths: new Map(),
    looked: new Set(),
    giveUp: async (service) => {
      const known = (await before)?.map(({ ID }) => ID) ?? [service];
      if (!known.includes(service)) await manager?.getService(service).remove();
    },
  };
}

interface DockerEvent {
  Action?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> };
}

export interface WatchArgs {
  /** What is seen is put there. @default a map of its own */
  crashed?: Map<string, Candidate>;
  /** @default none */
  swarm?: SwarmWatch;
}

/**
 * Watches containers that the run has just made. One that ends again and again is looked at and removed: the
 * engine, which waits for its health, finds it gone and fails at once instead of when time is up. Of a swarm's service
 * each try is another container: the first that ends is looked at, and after so many the service is removed.
 */
export async function watchCrashes(
  docker: Docker,
  stack: string,
  { crashed = new Map<string, Candidate>(), swarm = swarmWatch(undefined, stack) }: WatchArgs = {},
): Promise<CrashWatch> {
  const label = [`berth.stack=${stack}`, "berth.role=service"];
  const filters = JSON.stringify({ type: ["container"], event: ["create", "die"], label });
  const stream = await docker.getEvents({ filters });
  const deaths = new Map<string, number>();
  const seen = async (line: string): Promise<void> => {
    const { Action, Actor } = JSON.parse(line) as DockerEvent;
    const { ID: id = "", Attributes: attributes = {} } = Actor ?? {};
    if (Action === "create") deaths.set(id, 0);
    const before = deaths.get(id);
    if (Action !== "die" || before === undefined) return;
    deaths.set(id, before + 1);
    const info = { Id: id, Names: [attributes.name ?? id], Labels: attributes };
    const service = info.Labels["berth.service"] ?? "?";
    const spread = swarmServiceOf(info);
    if (spread !== undefined) {
      // `api.2.<task>`: each try is another task in its place.
      const place = (attributes.name ?? id).replace(/\.[^.]*$/, "");
      const ended = (swarm.deaths.get(place) ?? 0) + 1;
      swarm.deaths.set(place, ended);
      // Others may be ended because of the first, and have nothing themselves.
      if (!swarm.looked.has(service)) {
        swarm.looked.add(service);
        await examine(docker, info, "crashes at boot").then(
          (found) => crashed.set(service, found),
          () => swarm.looked.delete(service),
        );
      }
      if (ended === patience) await swarm.giveUp(spread);
      return;
    }
    if (before + 1 !== patience) return;
    crashed.set(service, await examine(docker, info, "crashes at boot"));
    await docker.getContainer(id).remove({ force: true, v: true });
  };
  const lines = linesOf(stream);
  // Gone already, or not ours any more: then there is nothing to hurry.
  lines.on("line", (line) => void seen(line).catch(() => undefined));
  return {
    crashed,
    stop: () => {
      lines.close();
      if (stream instanceof Readable) stream.destroy();
    },
  };
}
