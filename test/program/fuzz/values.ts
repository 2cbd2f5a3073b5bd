import fc from "fast-check";
import * as z from "zod";

/** What zod says of a schema, as far as values are made of it (https://zod.dev/packages/core#internals). */
interface Def {
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
  const def = schema._zod.def as Def;
  const inner = (one: z.ZodType | undefined) => valuesOf(one ?? z.unknown(), pool);
  switch (def.type) {
    case "object":
      return mapOf(def.shape ?? {}, pool);
    case "optional":
    case "default":
    case "prefault":
    case "nullable":
      return inner(def.innerType);
    case "array":
      return fc.array(inner(def.element), { maxLength: 4 });
    case "record":
      return fc.dictionary(inner(def.keyType).map(String), inner(def.valueType), { maxKeys: 3 });
    case "union":
      return fc.oneof(...(def.options ?? []).map(inner));
    case "pipe":
      return piped(schema, def, pool);
    default:
      return taken(schema, def, pool);
  }
}

/** A transformation is walked where what it is of has a shape; one of anything is asked as a whole. */
function piped(schema: z.ZodType, { in: source, out: target }: Def, pool: Pool): fc.Arbitrary<unknown> {
  const kindOf = (one: z.ZodType | undefined) => one?._zod.def.type;
  if (kindOf(source) === "unknown") return taken(schema, schema._zod.def as Def, pool);
  if (kindOf(target) === "transform") return valuesOf(source ?? z.unknown(), pool);
  return valuesOf(target ?? z.unknown(), pool);
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
  const made = known.get(schema) ?? candidates(schema, wordsOf(def), pool);
  known.set(schema, made);
  return made;
}

function candidates(schema: z.ZodType, words: string, pool: Pool): fc.Arbitrary<unknown> {
  const all = [...numbersIn(words), ...namesIn(words), ...examplesIn(words), ...pool];
  const fit = all.filter((value) => schema.safeParse(value).success);
  return fit.length === 0 ? fc.constant(null) : fc.constantFrom(...fit);
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
function namesIn(words: string): string[] {
  const [, list = ""] = /must be (?:one of )?([^"]*)/.exec(words) ?? [];
  return list.split(/, | or |; /).filter((name) => name !== "");
}

function examplesIn(words: string): string[] {
  return [...words.matchAll(/"([^"]+)"/g)].flatMap(([, example]) => (example === undefined ? [] : [example]));
}
