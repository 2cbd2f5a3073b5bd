import type { ContainerInfo } from "dockerode";
import { machineOf, type Lost } from "../docker/machines.ts";
import { drillRole } from "../drill/twin.ts";
import { idsStoppedFor, leftRestore, restoredBy } from "../restore/followed.ts";
import { nameOf, roleOf, serviceOf, type Owned } from "../docker/owned.ts";
import { swarmNameOf, swarmServiceOf } from "../docker/swarm.ts";
import {
  logicalName,
  ownerOf,
  serviceType,
  volumeType,
  type Checkpoint,
  type StateResource,
} from "../state/checkpoint.ts";
import { gone, lossesIn, type Changed } from "../state/drift.ts";
import type { Short } from "./service.ts";
import type { Stray } from "./strays.ts";

export interface Finding {
  kind: "container" | "machine" | "service" | "files" | "volume" | "network" | "stray" | "firewall" | "run";
  name: string;
  /** Where it is, such as `deploy@203.0.113.5`; nothing for this machine. */
  machine?: string;
  /** What is different, without a secret's value. */
  found: string;
  /** What `berth up` does about it, or what there is to do by hand. */
  remedy: string;
}

/** What was seen on one of a stack's machines. */
export interface Seen {
  machine?: string | undefined;
  held: Owned;
  changed: readonly Changed[];
  strays: readonly Stray[];
  /** Of a machine that manages a swarm. @default none */
  short?: readonly Short[];
}

const anew = "berth up makes a new one";
const containerMended = { kind: "container", remedy: anew } as const;
const serviceMended = { kind: "service", remedy: "berth up sets it back" } as const;
/** A run without anything else to do doesn't read files. */
const filesMended = { kind: "files", remedy: "berth up --full writes it anew" } as const;
const data = "berth up refuses and asks; berth restore brings a backup back";
const afterRun = "once it has ended, berth up takes away what it left";
/** What a command made for itself, and takes away at its end. */
const passing = ["run", drillRole];

/** What else counts beside what was seen. */
export interface Circumstances {
  /** The stack's name where a command may be at work on it: what the state doesn't know that may just have made. */
  busy?: string | undefined;
  /** Machines that weren't seen, and of which nothing is said for that. @default none */
  lost?: readonly Lost[];
}

/** Where a stack isn't what the last run left, as a person reads it. */
export function findingsOf(
  checkpoint: Checkpoint,
  machines: readonly Seen[],
  { busy, lost = [] }: Circumstances = {},
): Finding[] {
  const run: Finding[] =
    busy === undefined
      ? []
      : [{ kind: "run", name: busy, found: "a command is at work on it, or was cut off", remedy: afterRun }];
  const seen = machines.flatMap((machine) => [
    ...seenFindings(machine),
    ...(busy === undefined ? orphansOf(checkpoint, machine) : []),
    ...strayFindings(machine),
  ]);
  const away = lost.map(({ machine, problem }): Finding => ({
    ...{ kind: "machine", name: machine, machine },
    found: `isn't reached: ${problem}`,
    remedy: "mend it; what the swarm ran there runs elsewhere, where there is room",
  }));
  const unseen = new Set(lost.map(({ machine }) => machine));
  const isSeen = (resource: StateResource) => !unseen.has(machineOf(resource, checkpoint) ?? "");
  const resources = lost.length === 0 ? checkpoint.resources : checkpoint.resources.filter(isSeen);
  const losses = lossFindings({ ...checkpoint, resources }, machines);
  return [...run, ...away, ...losses, ...seen];
}

function lossFindings(checkpoint: Checkpoint, machines: readonly Seen[]): Finding[] {
  const held = machines.map((seen) => seen.held);
  const { stopped, lostNetworks, lostVolumes } = lossesIn(checkpoint, {
    containers: held.flatMap(({ containers }) => containers),
    networks: held.flatMap(({ networks }) => networks),
    volumes: held.flatMap(({ volumes }) => volumes),
  });
  const finding = (kind: Finding["kind"], resource: StateResource, found: string, remedy: string) => ({
    kind,
    name: logicalName(resource.urn),
    ...placed(machineOf(resource, checkpoint)),
    found,
    remedy,
  });
  const still = new Set(held.flatMap(stoppedByRestore));
  const isUpgraded = held.some((one) => upgradeAtWork(one) !== undefined);
  return [
    ...stopped
      .filter(({ id = "", reason }) => !still.has(id) && !(isUpgraded && reason === "has stopped"))
      .map((resource) => finding("container", resource, resource.reason, anew)),
    ...lostVolumes.map((resource) =>
      finding("volume", resource, "is gone", ownerOf(resource.inputs).role === "data" ? data : anew),
    ),
    ...lostNetworks.map((resource) => finding("network", resource, "is gone", anew)),
  ];
}

function seenFindings({ machine, held, changed, short = [] }: Seen): Finding[] {
  const there = placed(machine);
  return [
    ...changed.map(({ resource: { type, urn }, what, byHand }): Finding => {
      const mended = type === volumeType ? filesMended : containerMended;
      if (type === serviceType)
        return {
          ...serviceMended,
          ...(what === gone && { remedy: anew }),
          name: logicalName(urn),
          ...there,
          found: what,
        };
      return { ...mended, name: logicalName(urn), ...there, found: what, ...(byHand && { remedy: byHand }) };
    }),
    ...short.map((one) => ({ ...shortFinding(one), ...there })),
    ...[...restoreFindings(held), ...upgradeFindings(held)].map((finding) => ({ ...finding, ...there })),
  ];
}

function shortFinding({ resource, running, wanted, reason }: Short): Finding {
  const name = logicalName(resource.urn);
  const found = `${running} of ${wanted} containers run${reason === "" ? "" : `: ${reason}`}`;
  const remedy = `the swarm goes on trying; berth logs ${ownerOf(resource.inputs).service ?? name} says what they wrote`;
  return { kind: "service", name, found, remedy };
}

function strayFindings({ machine, strays }: Seen): Finding[] {
  return strays.map((stray) => ({ kind: "stray", ...stray, ...placed(machine) }));
}

function placed(machine: string | undefined): { machine?: string } {
  return machine === undefined ? {} : { machine };
}

/** What stands still for a restore that is at work or was cut off, which goes on by itself. */
function stoppedByRestore({ containers }: Owned): string[] {
  const restore = leftRestore(containers);
  return restore === undefined ? [] : idsStoppedFor(restore);
}

function restoreFindings({ containers }: Owned): Finding[] {
  const restore = leftRestore(containers);
  if (restore === undefined) return [];
  const found = `gives back the backup of ${restoredBy(restore).time}, with services stopped meanwhile`;
  return [{ kind: "container", name: nameOf(restore), found, remedy: "berth restore follows it to its end" }];
}

/** The container in which `berth upgrade` works on a database's files; it is named after the database's. */
function upgradeAtWork({ containers }: Owned): ContainerInfo | undefined {
  return containers.find(
    (one) => roleOf(one) === "run" && one.State === "running" && nameOf(one).endsWith("-upgrade"),
  );
}

function upgradeFindings(held: Owned): Finding[] {
  const upgrade = upgradeAtWork(held);
  if (upgrade === undefined) return [];
  const found = "berth upgrade is at work on a database, for which services may stand still";
  return [{ kind: "container", name: nameOf(upgrade), found, remedy: "wait for its end" }];
}

/** What carries the stack's label and no run has on record; a command's own goes by itself. */
function orphansOf({ resources }: Checkpoint, { machine, held }: Seen): Finding[] {
  const { containers, networks, volumes } = held;
  const known = new Set(resources.map(({ id }) => id));
  const tasks = containers.filter((one) => swarmServiceOf(one) !== undefined);
  return [
    // What a manager has made of a service comes and goes, and is the service's.
    ...[...new Map(tasks.map((one) => [swarmServiceOf(one), one]))]
      .filter(([service]) => !known.has(service))
      .map(([, one]) => ["docker service rm", swarmNameOf(one), `service of ${serviceOf(one)}`] as const),
    ...containers
      .filter((one) => !tasks.includes(one))
      .filter((one) => !known.has(one.Id) && !passing.includes(roleOf(one)))
      .filter((one) => one !== leftRestore(containers))
      .map((one) => ["docker rm -f", nameOf(one), `container of ${serviceOf(one)}`] as const),
    ...networks
      .filter((one) => !known.has(one.Id) && !passing.includes(roleOf(one)))
      .map(({ Name }) => ["docker network rm", Name, "network"] as const),
    ...volumes
      .filter((one) => !known.has(one.Name) && roleOf(one) === "files")
      .map(({ Name }) => ["docker volume rm", Name, "volume"] as const),
  ].map(([command, name, what]) => ({
    kind: "stray",
    name,
    ...placed(machine),
    found: `${what} with the stack's label that no run made`,
    remedy: `${command} ${name}`,
  }));
}
