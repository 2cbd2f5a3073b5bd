import * as z from "zod";
import type { SystemDefinition } from "../systems/define.ts";
import { placeable, rowsOf } from "../systems/facts.ts";
import type { Beside, Kind } from "../components/hosts/kind.ts";
import { isMap } from "./beside.ts";
import { show } from "../lib/problems.ts";
import { rule } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";

interface Placed {
  system: SystemDefinition;
  watched: boolean;
  /** Something gets certificates, beside the proxy that reads them. @default false */
  certified?: boolean;
  hosts: unknown;
}

/** `placement` of a system, in a stack with these machines. */
export function placementSchema({ system, watched, certified = false, hosts }: Placed) {
  const names = isMap(hosts) ? Object.keys(hosts) : [];
  const known = `must be one of the machines that hosts names: ${names.join(", ") || "none"}`;
  const machine = rule(known, (value): value is string => typeof value === "string" && names.includes(value));
  const stays = z.custom<never>(() => false, {
    error: "must be left out: it stays on the stack's own machine, with its data or the files it shares",
  });
  const may = placeable(system);
  const shape = Object.keys(rowsOf(system, { watched, certified, backed: false })).map((name) => [
    name,
    (may.includes(name) ? machine : stays).optional(),
  ]);
  return strict(Object.fromEntries(shape) as Record<string, z.ZodType<string | undefined>>);
}

/** What is wrong with the machine that the public comes in at, path → rule. */
export function publicProblems(
  { host }: { host: unknown },
  kind: Kind | undefined,
): [path: string[], rule: string][] {
  if (!isMap(host)) return [];
  return (kind?.publicProblems?.(host) ?? []).map(([key, words]) => [["host", key], words]);
}

interface Machines {
  host: unknown;
  hosts: unknown;
  placement: unknown;
  /** They are one. @default false */
  swarm?: unknown;
}

/** What machines and placement must be to each other, path → rule. */
export function placementProblems(
  { host, hosts, placement, swarm = false }: Machines,
  kind: Kind | undefined,
): [path: string[], rule: string][] {
  const facts = swarm === false ? kind?.beside : inSwarm(kind);
  if (facts === undefined || !isMap(host) || !isMap(hosts) || !isMap(placement)) return [];
  if (Object.keys(hosts).length === 0) return [];
  const used = new Set(Object.values(placement));
  const besides = Object.entries(hosts).flatMap(([name, one]) => (isMap(one) ? [{ name, one }] : []));
  return [
    ...besides
      .filter(({ name }) => swarm === false && !used.has(name))
      .map(({ name }): [string[], string] => [
        ["hosts", name],
        `must have a service placed on it, as in placement: { <service>: ${name} }`,
      ]),
    ...[
      { path: ["host"], one: host },
      ...besides.map(({ name, one }) => ({ path: ["hosts", name], one })),
    ].flatMap(({ path, one }) =>
      Object.entries(facts.needed ?? {})
        .filter(([key]) => one[key] === undefined)
        .map(([key, words]): [string[], string] => [[...path, key], words]),
    ),
    ...besides.flatMap(({ name, one }) =>
      differences(facts, host, one).map(([key, words]): [string[], string] => [["hosts", name, key], words]),
    ),
  ];
}

/** The public comes in at each machine of a swarm, and they may be in several places. */
function inSwarm(kind: Kind | undefined): Beside | undefined {
  const { beside: facts, swarm } = kind ?? {};
  return facts && { ...facts, same: facts.same.filter((key) => key !== swarm?.zone), public: [] };
}

/** Machines of one stack are of one kind, in one network and account, and the public comes in at the stack's own. */
function differences(
  facts: Beside,
  host: Record<string, unknown>,
  one: Record<string, unknown>,
): (readonly [setting: string, rule: string])[] {
  return [
    ...["kind", ...facts.same]
      .filter((key) => one[key] !== host[key])
      .map((key) => [key, `must be ${show(host[key])}, as host.${key} is`] as const),
    ...(facts.problems?.(host, one) ?? []),
    ...(facts.whole ?? [])
      .filter((key) => one[key] !== undefined)
      .map((key) => [key, `must be left out: host.${key} says it for all`] as const),
    ...facts.public
      .filter((key) => one[key] !== undefined)
      .map((key) => [key, "must be left out: the public comes in at the stack's own machine"] as const),
  ];
}
