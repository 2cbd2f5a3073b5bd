import fc from "fast-check";
import * as z from "zod";
import { insides } from "./insides.ts";

/** What zod says of a schema, as far as values are made of it (https://zod.dev/packages/core#internals). */
export interface Def {
  type: string;
  shape?: Record<string, z.ZodType>;
  innerType?: z.ZodType;
  element?: z.ZodType;
  keyType?: z.ZodType;
  valueType?: z.ZodType;
  options?: z.ZodType[];
  in?: z.ZodType;
  out?: z.ZodType;
  error?: (issue: object) => unknown;
}

/** Values that are tried where a schema says of itself only whether it takes one. */
export type Pool = readonly unknown[];

/**
 * Values that a schema takes, most of them: rules between settings it doesn't know. Shapes are walked; a rule's own
 * words give numbers, names and examples, and of those and the pool's those are kept that it takes. Where it takes none
 * of them, null stands for it, which whoever counts what was accepted finds out.
 */
export function valuesOf(schema: z.ZodType, pool: Pool): fc.Arbitrary<unknown> {
  const inner = (one: z.ZodType | undefined) => valuesOf(one ?? z.unknown(), pool);
  const { schema: own, def, within } = opened(schema);
  if (within.length > 0) return fc.oneof(taken(own, def, pool), ...within.map(inner));
  switch (def.type) {
    case "object":
      return mapOf(def.shape ?? {}, pool);
    case "array":
      return fc.array(inner(def.element), { maxLength: 4 });
    case "record":
      return fc.dictionary(inner(def.keyType).map(String), inner(def.valueType), { maxKeys: 3 });
    case "union":
      return fc.oneof(...(def.options ?? []).map(inner));
    default:
      return taken(own, def, pool);
  }
}

/**
 * A schema without what it stands in, such as a default; and `within` it what it hands on to, where it is a function
 * that doesn't say so itself.
 */
export function opened(schema: z.ZodType): { schema: z.ZodType; def: Def; within: readonly z.ZodType[] } {
  const def = schema._zod.def as Def;
  const within = insides.get(schema);
  if (within !== undefined) return { schema, def, within };
  if (["optional", "default", "prefault", "nullable"].includes(def.type))
    return opened(def.innerType ?? z.unknown());
  if (def.type !== "pipe") return { schema, def, within: [] };
  // A transformation is walked where what it is of has a shape; one of anything is asked as a whole.
  const kindOf = (one: z.ZodType | undefined) => one?._zod.def.type;
  if (kindOf(def.in) === "unknown") return { schema, def, within: [] };
  return opened((kindOf(def.out) === "transform" ? def.in : def.out) ?? z.unknown());
}

/** Whatever has to be there, and up to three of the others. */
function mapOf(shape: Record<string, z.ZodType>, pool: Pool): fc.Arbitrary<unknown> {
  const needed = Object.entries(shape).filter(([, one]) => !one.safeParse(undefined).success);
  const others = Object.keys(shape).filter((key) => !needed.some(([name]) => name === key));
  const chosen = fc.subarray(others, { maxLength: Math.min(3, others.length) });
  return chosen.chain((keys) =>
    fc.record(
      Object.fromEntries(
        [...needed.map(([key]) => key), ...keys].map((key) => [
          key,
          valuesOf(shape[key] ?? z.unknown(), pool),
        ]),
      ),
    ),
  );
}

const known = new WeakMap<z.ZodType, fc.Arbitrary<unknown>>();

function taken(schema: z.ZodType, def: Def, pool: Pool): fc.Arbitrary<unknown> {
  const fit = () => fitting(schema, def, pool);
  const made = known.get(schema) ?? anyOf(fit());
  known.set(schema, made);
  return made;
}

function anyOf(fit: readonly unknown[]): fc.Arbitrary<unknown> {
  return fit.length === 0 ? fc.constant(null) : fc.constantFrom(...fit);
}

/** All that is tried of a schema and that it takes. */
export function fitting(schema: z.ZodType, def: Def, pool: Pool): unknown[] {
  const words = wordsOf(def);
  const all = [...numbersIn(words), ...namesIn(words), ...examplesIn(words), ...pool];
  return all.filter((value) => schema.safeParse(value).success);
}

function wordsOf({ error }: Def): string {
  const words = error?.({});
  return typeof words === "string" ? words : "";
}

/** Of "a whole number from 1 to 32" both ends and what is between. */
function numbersIn(words: string): number[] {
  const [, least, most] = /from (-?[\d.]+) to (-?[\d.]+)/.exec(words) ?? [];
  if (least === undefined || most === undefined) return [];
  const [low, high] = [Number(least), Number(most)];
  return [low, high, low + 1, Math.floor((low + high) / 2), (low + high) / 2];
}

/** Of "one of a, b, c" each. */
export function namesIn(words: string): string[] {
  const [, list = ""] = /must be (?:one of )?([^"]*)/.exec(words) ?? [];
  return list.split(/, | or |; /).filter((name) => name !== "");
}

/** Of `such as "a.b"` each; of options of Docker's log drivers too. */
export function examplesIn(words: string): string[] {
  return [...words.matchAll(/"([^"]+)"/g)].flatMap(([, example]) => (example === undefined ? [] : [example]));
}
