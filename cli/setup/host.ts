import * as z from "zod";
import { existingHostShape } from "../../components/hosts/existing/settings.ts";
import { completed } from "../../settings/beside.ts";
import { problemsOf } from "../../lib/problems.ts";
import { strict } from "../../lib/strict.ts";
import { isMap, settingsOf, type Config } from "../overrides.ts";
import { Refusal } from "../refusal.ts";

/** The settings of a server that isn't prepared yet: its key and size are still to be learnt. */
const shape = strict({
  ...existingHostShape,
  hostKey: existingHostShape.hostKey.optional(),
  capacity: z.unknown().optional(),
});

export type UnpreparedHost = z.infer<typeof shape>;

/** The servers of a stack's config, as far as setup needs them. */
export interface Unprepared {
  host: UnpreparedHost;
  /** Machines beside it, by name. */
  hosts: Record<string, UnpreparedHost>;
}

/** Throws {@link Refusal}. */
export function hostsToPrepare(config: Config): Unprepared {
  const { host, hosts = {} } = settingsOf(config);
  if (!isMap(host) || host.kind !== "existing") {
    const kind = isMap(host) ? JSON.stringify(host.kind) : "none";
    throw new Refusal([
      `host.kind: must be existing for setup, got ${kind}; machines that Berth makes are prepared as they start`,
    ]);
  }
  const given = { host, hosts: completed(hosts, host) };
  const checked = strict({ host: shape, hosts: z.record(z.string(), shape) }).safeParse(given);
  if (!checked.success) throw new Refusal(problemsOf(checked.error.issues, given));
  return checked.data;
}
