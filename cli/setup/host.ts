import * as z from "zod";
import type { Setup, UnpreparedHost } from "../../components/hosts/kind.ts";
import { hostKinds, kindsWith } from "../../components/hosts/registry.ts";
import { completed } from "../../settings/beside.ts";
import { publicProblems } from "../../settings/placement.ts";
import { problemsOf } from "../../lib/problems.ts";
import { strict } from "../../lib/strict.ts";
import { kindOf } from "../hostKind.ts";
import { isMap, settingsOf, type Config } from "../overrides.ts";
import { Refusal } from "../refusal.ts";

/** The servers of a stack's config, as far as setup needs them. */
export interface Unprepared {
  host: UnpreparedHost;
  /** Machines beside it, by name. */
  hosts: Record<string, UnpreparedHost>;
  /** How ssh gets into one. */
  target: Setup["target"];
}

/** Throws {@link Refusal}. */
export function hostsToPrepare(config: Config): Unprepared {
  const { host, hosts = {} } = settingsOf(config);
  const kind = kindOf(host);
  if (kind?.setup === undefined) {
    const prepared = kindsWith(({ setup }) => setup !== undefined, hostKinds, "or");
    const got = isMap(host) ? JSON.stringify(host.kind) : "none";
    throw new Refusal([
      `host.kind: must be ${prepared} for setup, got ${got}; machines that Berth makes are prepared as they start`,
    ]);
  }
  const { schema, target } = kind.setup;
  const given = { host, hosts: completed(hosts, host, kind) };
  const checked = strict({ host: schema, hosts: z.record(z.string(), schema) })
    .superRefine((machines, context) => {
      for (const [path, message] of publicProblems(machines, kind))
        context.addIssue({ code: "custom", path, message });
    })
    .safeParse(given);
  if (!checked.success) throw new Refusal(problemsOf(checked.error.issues, given));
  return { ...checked.data, target };
}
