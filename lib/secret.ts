import * as z from "zod";
import { asText } from "./rules.ts";

/** Keys that lead to a value of the settings. */
export type Path = readonly string[];

/** Whether a value is the secret itself, and not what a file or a store has of it; `name` is its key. */
type IsItself = (value: unknown, name: string) => boolean;

const marks = z.registry<{ isItself: IsItself }>();
const insides = new WeakMap<z.ZodType, readonly z.ZodType[]>();

/** A copy with the mark of what nobody may see: no error shows a value of it, and one that stands in plain text is told of. */
export function secret<T extends z.ZodType>(schema: T, isItself: IsItself = isText): T {
  const copy = schema.clone();
  marks.add(copy, { isItself });
  return copy;
}

/** Says what a function that takes anything hands on to, so that secrets are found within. */
export function holding<T extends z.ZodType>(schema: T, within: readonly z.ZodType[]): T {
  insides.set(schema, within);
  return schema;
}

/** Whether it is some text, or is meant as such, as a password of digits is. */
export function isText(value: unknown): boolean {
  const given = asText(value);
  return typeof given === "string" && given !== "";
}

/**
 * Whether an error may not show what stands there: it is a secret, a part of one, or has one below it; beside one, a key
 * that nobody knows may be meant as that one's.
 */
export function isHidden(schema: z.ZodType, path: Path, value: unknown): boolean {
  const all = alternatives(schema);
  if (all.some((one) => markOf(one) !== undefined)) return true;
  const [key, ...rest] = path;
  // What is no text can't be a secret that was put a level too high.
  if (key === undefined) return !["number", "boolean"].includes(typeof value) && holdsSecret(all);
  const inner = all.flatMap((one) => below(one, key) ?? []);
  return inner.length === 0 ? holdsSecret(all) : inner.some((one) => isHidden(one, rest, value));
}

/** Where a value of this schema has secrets themselves. */
export function secretsIn(schema: z.ZodType, value: unknown, path: Path = []): Path[] {
  const all = alternatives(schema);
  if (all.some((one) => markOf(one)?.(value, path.at(-1) ?? "") === true)) return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const found = all.flatMap((one) => {
      const within = below(one, key);
      return within === undefined ? [] : secretsIn(within, inner, [...path, key]);
    });
    return [...new Map(found.map((place) => [JSON.stringify(place), place])).values()];
  });
}

/** Each place of a schema at which a secret may stand, `*` for any key. */
export function secretPlaces(schema: z.ZodType): Path[] {
  return placesOf(schema).flatMap(({ path, isMarked }) => (isMarked ? [path] : []));
}

/** Each place of a schema, down to secrets, and whether it is one. */
export function placesOf(schema: z.ZodType, path: Path = []): { path: Path; isMarked: boolean }[] {
  const all = alternatives(schema);
  if (all.some((one) => markOf(one) !== undefined)) return [{ path, isMarked: true }];
  const inner = all.flatMap((one) =>
    Object.entries(partsOf(one)).flatMap(([key, within]) => placesOf(within, [...path, key])),
  );
  return [{ path, isMarked: false }, ...inner];
}

function holdsSecret(all: readonly z.ZodType[]): boolean {
  return all.some((one) => secretPlaces(one).length > 0);
}

/** A copy that says something else, such as what it is for, has the mark of what it was made of. */
function markOf(schema: z.ZodType): IsItself | undefined {
  return marks.get(schema)?.isItself;
}

/** What zod says of a schema, as far as it is walked (https://zod.dev/packages/core#internals). */
interface Def {
  shape?: Record<string, z.ZodType>;
  catchall?: z.ZodType;
  innerType?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
  options?: readonly z.ZodType[];
  in?: z.ZodType;
  out?: z.ZodType;
}

function defOf(schema: z.ZodType): Def {
  return schema._zod.def as Def;
}

/** A schema and all that a value of it may be in its place. */
function alternatives(schema: z.ZodType): z.ZodType[] {
  const { innerType, options = [], in: first, out: last } = defOf(schema);
  const others = [innerType, first, last, ...options, ...(insides.get(schema) ?? [])];
  return [schema, ...others.flatMap((one) => (one === undefined ? [] : alternatives(one)))];
}

function partsOf(schema: z.ZodType): Record<string, z.ZodType> {
  const { shape = {}, catchall, element, valueType } = defOf(schema);
  const any = catchall ?? element ?? valueType;
  return { ...shape, ...(any !== undefined && { "*": any }) };
}

function below(schema: z.ZodType, key: string): z.ZodType | undefined {
  const parts = partsOf(schema);
  return Object.hasOwn(parts, key) ? parts[key] : parts["*"];
}
