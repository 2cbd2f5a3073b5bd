import * as z from "zod";
import type { Kind } from "../components/hosts/kind.ts";
import { kindsWith } from "../components/hosts/registry.ts";
import { flag } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import { isMap } from "./beside.ts";

/** Machines as one swarm, and whether what containers say to each other between them is encrypted. */
export type SwarmSettings = false | { encrypted: boolean };

const means = strict({ encrypted: flag.default(true) });

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
  placement: unknown;
  tls: unknown;
}

interface Problem {
  path: string[];
  rule: string;
  got?: unknown;
}

/** What a swarm must be to its machines, and to what is still for single machines. */
export function swarmProblems(
  { swarm, placement, tls }: Given,
  kind: Kind | undefined,
  kinds: readonly Kind[],
): Problem[] {
  if (swarm === false || kind === undefined) return [];
  if (kind.swarm !== true) {
    const rule = `must be false on host kind ${kind.name}; hosts of kind ${kindsWith((one) => one.swarm === true, kinds)} can be a swarm`;
    return [{ path: ["swarm"], rule }];
  }
  const problems: Problem[] = [];
  if (isMap(placement))
    for (const [service, machine] of Object.entries(placement))
      if (machine !== undefined)
        problems.push({
          path: ["placement", service],
          rule: "must be left out where the machines are a swarm, which runs a service wherever there is room",
        });
  if (isMap(tls) && "acme" in tls)
    problems.push({
      path: ["tls"],
      rule: "must be false or a certificate and key of your own where the machines are a swarm: each has a proxy, and a CA asks one",
      got: "certificates from a CA",
    });
  return problems;
}
