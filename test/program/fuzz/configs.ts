import fc from "fast-check";
import { hostKinds } from "../../../components/hosts/registry.ts";
import { settings, settingsSchema } from "../../../settings/schema.ts";
import type { SystemDefinition } from "../../../systems/define.ts";
import { systems, systemNames } from "../../../systems/index.ts";
import { least } from "../anyStack.ts";
import { changed, changes, unmarked } from "./hostile.ts";
import { valuesOf, type Pool } from "./values.ts";

export interface Generated {
  /** Settings without their namespace. */
  config: Record<string, unknown>;
  /** Keys that the stack's file encrypts. */
  secretKeys: string[];
}

const isSecretPath = (path: readonly string[]) => secretPlaces.some((one) => one.test(path.join(".")));

/** What holds a secret, whatever its own check says. */
const secretPlaces = [
  ...[
    /^secrets\./,
    /^external\../,
    /^registries\..*\.password/,
    /^registry\.password/,
    /^tls\.(?:key|eab\.hmac)/,
  ],
  ...[/^tls\.dns\.credentials\./, /^backup\.(?:accessKey|secretKey|password)/],
  /^logging\.options\.splunk-token/,
  ...[/^alerts\.(?:webhook|slack|receivers\.|email\.password)/],
];

/** What every other setting depends on. */
const frame = ["system", "host", "monitoring"];

/** Whether any of the values that are tried of a setting is one that it takes, of some system on some kind of host. */
export function fits(key: string, pool: Pool): boolean {
  return Object.values<SystemDefinition>(systems).some((system) =>
    hostKinds.some((kind) => {
      const parts = { watched: true, certified: true, backed: true, kind, kinds: hostKinds, hosts: {} };
      const one = settings[key as keyof typeof settings].schema({ system, ...parts });
      return fc
        .sample(valuesOf(one, pool), { numRuns: 10, seed: 1 })
        .some((value) => one.safeParse(value).success);
    }),
  );
}

/** Configs of every system on every kind of host: a few settings that fit, of which some are made not to. */
export function configs(pool: Pool): fc.Arbitrary<Generated> {
  const stack = fc.record({
    system: fc.constantFrom(...systemNames),
    kind: fc.constantFrom(...hostKinds),
    monitoring: fc.boolean(),
  });
  return stack.chain(({ system, kind, monitoring }) => {
    const definition = systems[system];
    const watched = monitoring || "watched" in definition;
    const parts = { watched, certified: true, backed: true, kind, kinds: hostKinds, hosts: { gpu: {} } };
    const { shape } = settingsSchema({ system: definition, ...parts });
    const others = Object.keys(shape).filter((key) => !frame.includes(key));
    const chosen = fc.subarray(others, { minLength: 1, maxLength: 5 });
    const given = chosen.chain((keys) => {
      const some = Object.entries(shape).filter(([key]) => keys.includes(key));
      return fc.record(Object.fromEntries(some.map(([key, one]) => [key, valuesOf(one, pool)])));
    });
    const more = valuesOf(shape.host, pool) as fc.Arbitrary<Record<string, unknown>>;
    const host = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: more });
    return fc
      .record({ given, host, changes, secrets: fc.subarray(others, { maxLength: 2 }) })
      .map(({ given, host: own, changes: all, secrets: secretKeys }): Generated => {
        const whole = { ...own, ...least[kind.name](given) };
        const config = { system, host: whole, ...(monitoring && { monitoring }), ...given };
        const isSecret = (path: string[]) => secretKeys.includes(path[0] ?? "") || isSecretPath(path);
        const clean = unmarked(config, isSecret) as Record<string, unknown>;
        return {
          config: changed(clean, all, isSecret),
          secretKeys: secretKeys.filter((key) => key in config),
        };
      });
  });
}
