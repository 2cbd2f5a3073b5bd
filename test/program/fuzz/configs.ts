import fc from "fast-check";
import type { Kind } from "../../../components/hosts/kind.ts";
import { hostKinds } from "../../../components/hosts/registry.ts";
import { settings, settingsSchema } from "../../../settings/schema.ts";
import type { SystemDefinition } from "../../../systems/define.ts";
import { systems } from "../../../systems/index.ts";
import { loadSystem } from "../../../systems/load.ts";
import { root } from "../../../cli/project.ts";
import { least } from "../anyStack.ts";
import { changed, changes, unmarked } from "./hostile.ts";
import { mended } from "./mended.ts";
import { second, together } from "./together.ts";
import { valuesOf, type Pool } from "./values.ts";
import { whole } from "./whole.ts";

type Map = Record<string, unknown>;

export interface Generated {
  /** Settings without their namespace. */
  config: Map;
  /** Keys that the stack's file encrypts. */
  secretKeys: string[];
}

/** What settings call a system, and what it is. */
export type Named = readonly (readonly [name: string, system: SystemDefinition])[];

const shop = "examples/shop/shop.ts";

/** Berth's systems, and one of somebody's own. */
export async function namedSystems(): Promise<Named> {
  return [...Object.entries<SystemDefinition>(systems), [`./${shop}`, await loadSystem(shop, root)]];
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

const schemas = new Map<string, ReturnType<typeof settingsSchema>>();

/** All that a stack of this system on this kind of host may say. */
export function schemaOf(system: SystemDefinition, kind: Kind): ReturnType<typeof settingsSchema> {
  const key = `${system.name} ${kind.name}`;
  const parts = { watched: true, certified: true, backed: true, kind, kinds: hostKinds };
  const made = schemas.get(key) ?? settingsSchema({ system, ...parts, hosts: { [second]: {} } });
  schemas.set(key, made);
  return made;
}

/** Configs of every system on every kind of host: some settings, most of which fit, of which some are made not to. */
export function configs(pool: Pool, named: Named): fc.Arbitrary<Generated> {
  const stack = fc.record({
    named: fc.constantFrom(...named),
    kind: fc.constantFrom(...hostKinds),
    monitoring: fc.boolean(),
  });
  const known = new Map<string, ReturnType<typeof parts>>();
  const partsOf = (system: SystemDefinition, kind: Kind) => {
    const key = `${system.name} ${kind.name}`;
    const made = known.get(key) ?? parts(system, kind, pool);
    known.set(key, made);
    return made;
  };
  return stack.chain(({ named: [name, system], kind, monitoring }) => {
    const base = { system: name, ...(monitoring && { monitoring }) };
    return fc
      .record({
        ...partsOf(system, kind),
        isMended: fc.oneof(
          { weight: 3, arbitrary: fc.constant(true) },
          { weight: 1, arbitrary: fc.constant(false) },
        ),
        changes,
        secrets: fc.subarray(settingNames, { maxLength: 2 }),
      })
      .map(({ given, more, host: own, isMended, changes: all, secrets: secretKeys }): Generated => {
        const { host: besides, ...others } = more;
        const chosen = { ...given, ...others };
        const needed = least[kind.name](chosen);
        const meant = { ...base, host: { ...needed, ...own, kind: kind.name, ...besides }, ...chosen };
        const config = isMended ? mended(meant, system, needed) : meant;
        const isSecret = (path: string[]) => secretKeys.includes(path[0] ?? "") || isSecretPath(path);
        const clean = unmarked(config, isSecret) as Map;
        return {
          config: changed(clean, all, isSecret),
          secretKeys: secretKeys.filter((key) => key in config),
        };
      });
  });
}

const settingNames = Object.keys(settings).filter((key) => !frame.includes(key));

/** A few settings, some that belong together, and now and then more of the host. */
function parts(system: SystemDefinition, kind: Kind, pool: Pool) {
  const { shape } = schemaOf(system, kind);
  const special = whole(system, pool);
  const valueOf = (key: string) => special[key] ?? valuesOf(shape[key as keyof typeof shape], pool);
  const given = fc
    .subarray(settingNames, { minLength: 1, maxLength: 6 })
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, valueOf(key)]))));
  const none = fc.constant<Map>({});
  const host = fc.oneof(
    { weight: 2, arbitrary: none },
    { weight: 1, arbitrary: valueOf("host") as fc.Arbitrary<Map> },
  );
  return { given, more: together({ system, kind }, pool), host };
}
