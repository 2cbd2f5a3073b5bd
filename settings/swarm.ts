import * as z from "zod";
import type { Kind } from "../components/hosts/kind.ts";
import { kindsWith } from "../components/hosts/registry.ts";
import { show } from "../lib/problems.ts";
import { flag, wholeNumber } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import { isMap, machinesOf } from "./beside.ts";

/**
 * Machines as one swarm, whether what containers say to each other between them is encrypted, and the largest packet
 * that their network carries, in bytes (MTU), where it isn't what the host's kind has.
 */
export type SwarmSettings = false | { encrypted: boolean; mtu?: number };

const means = strict({
  encrypted: flag.default(true),
  // From the least that IPv6 asks of a link (RFC 8200, section 5) to what Amazon's networks carry at most.
  mtu: wholeNumber(1280, 9001).optional(),
});

/** Off, on, or on and how. */
export const swarmSchema = z.unknown().transform((value, context): SwarmSettings => {
  if (value === false) return false;
  if (value !== true && !isMap(value)) {
    const message = "must be true, false, or a map such as { encrypted: false }";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }
  const result = means.safeParse(value === true ? {} : value);
  if (result.success) return result.data;
  for (const issue of result.error.issues)
    context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
  return z.NEVER;
});

interface Given {
  swarm: SwarmSettings;
  host: unknown;
}

interface Problem {
  path: string[];
  rule: string;
  got?: unknown;
}

/** What a swarm must be to its machines. */
export function swarmProblems(
  { swarm, host }: Given,
  { kind, kinds, named }: { kind: Kind | undefined; kinds: readonly Kind[]; named?: unknown },
): Problem[] {
  if (kind === undefined) return [];
  const machines = machinesOf(host, kind);
  const numbered = machines === 1 ? [] : numberProblems(host as { kind: string }, machines, { kind, named });
  if (swarm === false) {
    const rule = `must be left out where host.machines is ${machines}, which are one swarm`;
    return [...numbered, ...(machines === 1 ? [] : [{ path: ["swarm"], rule }])];
  }
  if (kind.swarm === undefined) {
    const rule = `must be false on host kind ${kind.name}; hosts of kind ${kindsWith((one) => one.swarm !== undefined, kinds)} can be a swarm`;
    return [{ path: ["swarm"], rule }];
  }
  return [...numbered, ...ownProblems(named, kind.swarm.own)];
}

/** What machines that a number makes must be to those that have names, and to what they are. */
function numberProblems(
  host: { kind: string },
  machines: number,
  { kind, named }: { kind: Kind; named: unknown },
): Problem[] {
  const made = (name: string) => {
    const place = Number(/^machine-([1-9]\d*)$/.exec(name)?.[1]);
    return place >= 2 && place <= machines;
  };
  const twice = Object.entries(isMap(named) ? named : {}).filter(([name]) => made(name));
  const gpus = kind.size?.(host)?.gpus ?? 0;
  return [
    ...twice.map(([name, got]) => ({
      path: ["hosts", name],
      rule: `must have another name: host.machines makes machine-2${machines === 2 ? "" : ` to machine-${machines}`}`,
      got,
    })),
    ...(gpus === 0
      ? []
      : [
          {
            path: ["host", "machines"],
            rule: "must be 1 where the machine has a GPU, which services on other machines don't use; name those in hosts, without one, beside swarm: true",
          },
        ]),
  ];
}

/** What machines beside the stack's own say that is for that one. */
function ownProblems(named: unknown, own: readonly string[]): Problem[] {
  return Object.entries(isMap(named) ? named : {}).flatMap(([name, one]) =>
    own
      .filter((key) => isMap(one) && one[key] !== undefined)
      .map((key) => ({
        path: ["hosts", name, key],
        rule: "must be left out where the machines are a swarm: it is for the stack's own",
      })),
  );
}

/** A number of machines on a kind of host that has no such setting, as `path: rule, got value`; nothing of any other problem. */
export function unknownMachines(
  problem: string,
  host: unknown,
  kind: Kind | undefined,
  kinds: readonly Kind[],
): string | undefined {
  const [path, rule = ""] = problem.split(": ");
  const unknown = path === "host.machines" && rule.startsWith("unknown key");
  if (!unknown || kind === undefined || !isMap(host)) return undefined;
  const others = kindsWith((one) => one.swarm?.each !== undefined, kinds);
  const instead =
    kind.swarm === undefined ? "is one machine" : "has its servers named in hosts, beside swarm: true";
  return `host.machines: must be left out on host kind ${kind.name}, which ${instead}; on kind ${others} it is a number of machines, got ${show(host.machines)}`;
}
