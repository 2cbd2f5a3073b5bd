import { nameOf, roleOf, serviceOf, type Owned } from "../docker/owned.ts";
import { logicalName, ownerOf, type Checkpoint } from "../state/checkpoint.ts";
import { lossesIn } from "../state/drift.ts";
import type { Changed } from "./look.ts";
import type { Stray } from "./strays.ts";

export interface Finding {
  kind: "container" | "volume" | "network" | "stray" | "firewall";
  name: string;
  /** What is different, without a secret's value. */
  found: string;
  /** What `berth up` does about it, or what there is to do by hand. */
  remedy: string;
}

const anew = "berth up makes a new one";

/** Where a stack isn't what the last run left, as a person reads it. */
export function findingsOf(
  checkpoint: Checkpoint,
  held: Owned,
  changed: readonly Changed[],
  strays: readonly Stray[],
): Finding[] {
  const { stopped, lostNetworks, lostVolumes } = lossesIn(checkpoint, held);
  return [
    ...stopped.map(({ urn, reason }) => finding("container", logicalName(urn), reason, anew)),
    ...changed.map(({ name, what }) =>
      finding("container", name, what, `undo it, or docker rm -f ${name} and berth up`),
    ),
    ...lostVolumes.map(({ urn, inputs }) =>
      finding("volume", logicalName(urn), "is gone", ownerOf(inputs).role === "data" ? data : anew),
    ),
    ...lostNetworks.map(({ urn }) => finding("network", logicalName(urn), "is gone", anew)),
    ...orphansOf(checkpoint, held),
    ...strays.map(({ name, found }) => finding("stray", name, found, `docker rm -f ${name}`)),
  ];
}

const data = "berth up refuses and asks; berth restore brings a backup back";

function finding(kind: Finding["kind"], name: string, found: string, remedy: string): Finding {
  return { kind, name, found, remedy };
}

/** What carries the stack's label and no run has on record; a command's own container goes by itself. */
function orphansOf({ resources }: Checkpoint, { containers, networks, volumes }: Owned): Finding[] {
  const known = new Set(resources.map(({ id }) => id));
  return [
    ...containers
      .filter((one) => !known.has(one.Id) && roleOf(one) !== "run")
      .map((one) => ["docker rm -f", nameOf(one), `container of ${serviceOf(one)}`] as const),
    ...networks
      .filter(({ Id }) => !known.has(Id))
      .map(({ Name }) => ["docker network rm", Name, "network"] as const),
    ...volumes
      .filter((one) => !known.has(one.Name) && roleOf(one) === "files")
      .map(({ Name }) => ["docker volume rm", Name, "volume"] as const),
  ].map(([command, name, what]) =>
    finding("stray", name, `${what} with the stack's label that no run made`, `${command} ${name}`),
  );
}
