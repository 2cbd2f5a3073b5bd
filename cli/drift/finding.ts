import { machineOf } from "../docker/machines.ts";
import { drillRole } from "../drill/twin.ts";
import { idsStoppedFor, leftRestore, restoredBy } from "../restore/followed.ts";
import { nameOf, roleOf, serviceOf, type Owned } from "../docker/owned.ts";
import {
  logicalName,
  ownerOf,
  volumeType,
  type Checkpoint,
  type StateResource,
} from "../state/checkpoint.ts";
import { lossesIn, type Changed } from "../state/drift.ts";
import type { Stray } from "./strays.ts";

export interface Finding {
  kind: "container" | "files" | "volume" | "network" | "stray" | "firewall";
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
}

const anew = "berth up makes a new one";
/** A run without anything else to do doesn't read files. */
const full = "berth up --full writes it anew";
const data = "berth up refuses and asks; berth restore brings a backup back";
/** What a command made for itself, and takes away at its end. */
const passing = ["run", drillRole];

/** Where a stack isn't what the last run left, as a person reads it. */
export function findingsOf(checkpoint: Checkpoint, machines: readonly Seen[]): Finding[] {
  const seen = machines.flatMap((machine) => seenFindings(checkpoint, machine));
  return [...lossFindings(checkpoint, machines), ...seen];
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
  return [
    ...stopped
      .filter(({ id = "" }) => !still.has(id))
      .map((resource) => finding("container", resource, resource.reason, anew)),
    ...lostVolumes.map((resource) =>
      finding("volume", resource, "is gone", ownerOf(resource.inputs).role === "data" ? data : anew),
    ),
    ...lostNetworks.map((resource) => finding("network", resource, "is gone", anew)),
  ];
}

function seenFindings(checkpoint: Checkpoint, { machine, held, changed, strays }: Seen): Finding[] {
  const there = placed(machine);
  return [
    ...changed.map(({ resource: { type, urn }, what, byHand }): Finding => {
      const isVolume = type === volumeType;
      const [kind, remedy] = isVolume ? (["files", full] as const) : (["container", anew] as const);
      return { kind, name: logicalName(urn), ...there, found: what, remedy: byHand ?? remedy };
    }),
    ...restoreFindings(held).map((restore) => ({ ...restore, ...there })),
    ...orphansOf(checkpoint, held).map((orphan) => ({ ...orphan, ...there })),
    ...strays.map(({ name, found, remedy }): Finding => ({ kind: "stray", name, ...there, found, remedy })),
  ];
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

/** What carries the stack's label and no run has on record; a command's own goes by itself. */
function orphansOf({ resources }: Checkpoint, { containers, networks, volumes }: Owned): Finding[] {
  const known = new Set(resources.map(({ id }) => id));
  return [
    ...containers
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
    found: `${what} with the stack's label that no run made`,
    remedy: `${command} ${name}`,
  }));
}
