import type { ContainerInfo } from "dockerode";
import type { Owned } from "../docker/owned.ts";
import { isMap } from "../overrides.ts";
import {
  containerType,
  failedJobs,
  logicalName,
  networkType,
  ownerOf,
  serviceType,
  volumeType,
  wantedContainers,
  type Checkpoint,
  type StateResource,
} from "./checkpoint.ts";

/** Where the Docker Engine and the engine's state differ, and what the next run has to be told to mend it. */
export interface Drift {
  /** Resources to be made anew. */
  replace: string[];
  /** Whether the run has to look at everything first. */
  refresh: boolean;
  /** What a person wants to know of it. */
  notes: string[];
  /** Data that is gone: only a person can decide what that means. */
  problems: string[];
}

/** What is said of a service that its swarm has no more. */
export const gone = "is gone";

/** Something that is there and that somebody has changed by hand; a service of a swarm may be gone, too. */
export interface Changed {
  resource: StateResource;
  /** What is different, without a secret's value. */
  what: string;
  /** The command that mends it, where no run does. */
  byHand?: string;
}

/**
 * Compares by name and id, which takes one list each instead of a look at every resource. Containers that stopped,
 * pause, lost a network or went away, networks and volumes that went away, and jobs that failed; and what a closer look
 * found changed.
 */
export function findDrift(checkpoint: Checkpoint, owned: Owned, changed: readonly Changed[] = []): Drift {
  const live = checkpoint.resources.filter((resource) => !resource.delete);
  const running = new Map(owned.containers.map((container) => [container.Id, container]));
  const { stopped, lostNetworks, lostVolumes } = lossesIn(checkpoint, owned);
  const lostData = lostVolumes.filter(({ inputs }) => ownerOf(inputs).role === "data");
  const writers = live.filter((resource) => lostVolumes.some(({ id = "" }) => mounts(resource, id)));
  const jobs = failedJobs(checkpoint);
  const mended = changed.filter(({ byHand }) => byHand === undefined).map(({ resource }) => resource);
  const services = mended.filter(({ type }) => type === serviceType);
  const containers = mended.filter(({ type }) => type !== volumeType && type !== serviceType);
  // A service isn't made anew for a change: the engine sees it as it is and sets it back, one container after the other.
  const refresh = lostNetworks.length + lostVolumes.length + services.length > 0;
  const volumes = mended.filter(({ type }) => type === volumeType);
  // A volume goes by its name, and so is never made anew. Its files are brought again, and read again at a start.
  const readers = live.filter(
    (resource) =>
      volumes.some(({ id = "" }) => mounts(resource, id)) && startsAgain(ownerOf(resource.inputs).role),
  );
  // What a refresh finds gone leaves state by itself, and can't be named for replacement any more.
  const known = [...stopped, ...writers, ...readers].filter(({ id = "" }) => !refresh || running.has(id));
  return {
    replace: [...new Set([...known, ...jobs, ...containers].map(({ urn }) => urn))],
    refresh,
    notes: [
      ...stopped.map(({ urn, reason }) => `${logicalName(urn)}: ${reason}, makes a new one`),
      ...lostNetworks.map(({ urn }) => `${logicalName(urn)}: the network is gone, makes a new one`),
      ...jobs.map(({ urn }) => `${logicalName(urn)}: failed last time, runs again`),
      ...changed.map(({ resource: { type, urn }, what, byHand }) => {
        if (byHand !== undefined) return `${logicalName(urn)}: ${what}, which stays`;
        if (type === volumeType) return `${logicalName(urn)}: ${what}, writes it anew`;
        if (type === serviceType && what !== gone) return `${logicalName(urn)}: ${what}, sets it back`;
        return `${logicalName(urn)}: ${what}, makes a new one`;
      }),
    ],
    problems: lostData.map(dataProblem),
  };
}

/** A job that reads files has done so, and runs again for other reasons. */
function startsAgain(role: string | undefined): boolean {
  return role === "files" || role === "service";
}

export interface Losses {
  /** Containers that ought to serve and don't, and why. */
  stopped: (StateResource & { service: string; reason: string })[];
  lostNetworks: StateResource[];
  lostVolumes: StateResource[];
}

/** What of a stack is gone, or can't serve. */
export function lossesIn(checkpoint: Checkpoint, owned: Owned): Losses {
  const live = checkpoint.resources.filter((resource) => !resource.delete);
  const running = new Map(owned.containers.map((container) => [container.Id, container]));
  const networks = new Set(owned.networks.map(({ Id }) => Id));
  const wanted = live.filter(({ type }) => type === volumeType);
  const known = counted(wanted.map(({ id = "" }) => id));
  const held = counted(owned.volumes.map(({ Name }) => Name));
  return {
    stopped: wantedContainers(checkpoint).flatMap((resource) => {
      const reason = whyDown(resource, running.get(resource.id ?? ""));
      return reason === undefined ? [] : [{ ...resource, reason }];
    }),
    lostNetworks: live.filter(({ type, id = "" }) => type === networkType && !networks.has(id)),
    // Of one name that several machines of a swarm have, all are taken for lost where one is: making it again is no harm.
    lostVolumes: wanted.filter(({ id = "" }) => (held.get(id) ?? 0) < (known.get(id) ?? 0)),
  };
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const down = new Set(["exited", "dead", "created"]);

/** Why a container that ought to serve doesn't; nothing when it may. */
function whyDown({ inputs }: StateResource, container: ContainerInfo | undefined): string | undefined {
  if (container === undefined) return "is gone";
  if (down.has(container.State)) return "has stopped";
  if (container.State === "paused") return "is paused";
  const wanted = Array.isArray(inputs?.networksAdvanced) ? inputs.networksAdvanced.filter(isMap) : [];
  const networks = Object.keys(container.NetworkSettings.Networks);
  const lost = wanted.find(({ name }) => !networks.includes(String(name)));
  return lost && `is cut off network ${String(lost.name)}`;
}

function mounts({ type, inputs }: StateResource, volume: string): boolean {
  const list = inputs?.mounts;
  return (
    type === containerType &&
    Array.isArray(list) &&
    list.some((mount) => isMap(mount) && mount.source === volume)
  );
}

function dataProblem({ id, inputs }: StateResource): string {
  const service = ownerOf(inputs).service ?? "a service";
  return `docker: must hold volume "${id}", the data of ${service}, got an engine without it; point DOCKER_HOST at the engine that has it, or accept that it is lost with --new-engine`;
}
