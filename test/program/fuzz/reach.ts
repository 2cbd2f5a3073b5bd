import * as z from "zod";
import type { Kind } from "../../../components/hosts/kind.ts";
import type { SystemDefinition } from "../../../systems/define.ts";
import { schemaOf } from "./configs.ts";
import { fitting, opened, type Pool } from "./values.ts";

/** Settings that are given by service. */
const byService =
  /^(placement|images|replicas|limits|environment|volumes|optional|development|override|jobs)\.[^.]+/;

/** Every place of a stack's settings at which something can be given, such as `override.*.user`. */
export function placesOf(system: SystemDefinition, kind: Kind): string[] {
  const { shape } = schemaOf(system, kind);
  return names(
    kind,
    Object.entries(shape).flatMap(([key, one]) => places(one, key)),
  );
}

/** Those of them at which a config says something. */
export function placesIn(config: Record<string, unknown>, system: SystemDefinition, kind: Kind): string[] {
  const { shape } = schemaOf(system, kind);
  return names(
    kind,
    Object.entries(shape).flatMap(([key, one]) =>
      key in config ? places(one, key, { value: config[key] }) : [],
    ),
  );
}

/** Those of which no value that is tried fits. */
export function unreached(system: SystemDefinition, kind: Kind, pool: Pool): string[] {
  const { shape } = schemaOf(system, kind);
  return names(
    kind,
    Object.entries(shape).flatMap(([key, one]) => empty(one, key, pool)),
  );
}

function names(kind: Kind, found: readonly string[]): string[] {
  const named = found.map((place) =>
    place.replace(byService, "$1.*").replace(/^hosts?(?=\.)/, (word) => `${word}(${kind.name})`),
  );
  return [...new Set(named)];
}

/** The place itself and all below it, of what is given where something is. */
function places(schema: z.ZodType, path: string, given?: { value: unknown }): string[] {
  const { def, within } = opened(schema);
  const below = (one: z.ZodType, name: string, key: string): string[] => {
    if (given === undefined) return places(one, `${path}.${name}`);
    const { value } = given;
    return isMap(value) && Object.hasOwn(value, key)
      ? places(one, `${path}.${name}`, { value: value[key] })
      : [];
  };
  const every = (one: z.ZodType) =>
    given === undefined
      ? places(one, `${path}.*`)
      : Object.values(isMap(given.value) ? given.value : {}).flatMap((value) =>
          places(one, `${path}.*`, { value }),
        );
  const inner = {
    object: () => Object.entries(def.shape ?? {}).flatMap(([key, one]) => below(one, key, key)),
    record: () => every(def.valueType ?? z.unknown()),
    array: () => every(def.element ?? z.unknown()),
    union: () => (def.options ?? []).flatMap((one) => places(one, path, given)),
  };
  const own = def.type in inner ? inner[def.type as keyof typeof inner]() : [];
  return [path, ...own, ...within.flatMap((one) => places(one, path, given))];
}

function empty(schema: z.ZodType, path: string, pool: Pool): string[] {
  const { schema: own, def, within } = opened(schema);
  const below = (one: z.ZodType | undefined, name: string) =>
    empty(one ?? z.unknown(), `${path}.${name}`, pool);
  switch (def.type) {
    case "object":
      return Object.entries(def.shape ?? {}).flatMap(([key, one]) => below(one, key));
    case "record":
      return [...below(def.keyType, "*"), ...below(def.valueType, "*")];
    case "array":
      return below(def.element, "*");
    case "union":
      return (def.options ?? []).flatMap((one) => empty(one, path, pool));
    default:
      return [
        ...(fitting(own, def, pool).length === 0 ? [path] : []),
        ...within.flatMap((one) => empty(one, path, pool)),
      ];
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
