import * as z from "zod";

/** Schemas by key. */
type Shape = Readonly<Record<string, unknown>>;
type Rules = Readonly<Record<string, string>>;

/**
 * A table of a map's settings: what each has to be, in the words that a mistake is told with, what holds where it isn't
 * said, and what it is for. A map within is a row for each of its keys, if they say what they are for.
 *
 * @param rules - what some have to be, by key, where that differs from system to system
 */
export function settingTable(shape: Shape, prefix = "", rules: Rules = {}): string {
  const head = ["| key | must be | default | |", "| --- | --- | --- | --- |"];
  return [...head, ...rows(shape, prefix, rules)].join("\n");
}

/** As a cell of a table has it. */
export function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function rows(shape: Shape, prefix: string, rules: Rules): string[] {
  return Object.entries(shape).flatMap(([key, schema]) => {
    const path = `${prefix}${key}`;
    if (!(schema instanceof z.ZodType)) throw new Error(`${path}: must be a schema`);
    const { inner, preset } = unwrapped(schema);
    if (inner instanceof z.ZodObject && isDescribed(inner.shape)) return rows(inner.shape, `${path}.`, rules);
    const words = rules[path] ?? ruleOf(inner);
    const cells = [`\`${path}\``, cell(words), cell(shown(preset)), cell(schema.description ?? "")];
    return [`| ${cells.join(" | ")} |`];
  });
}

function isDescribed(shape: Shape): boolean {
  return Object.values(shape).some(
    (schema) => schema instanceof z.ZodType && schema.description !== undefined,
  );
}

/** What stands behind a default, and that. */
function unwrapped(schema: z.ZodType): { inner: z.ZodType; preset: unknown } {
  let inner = schema;
  let preset: unknown;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
    if (!(inner instanceof z.ZodOptional)) preset = inner.def.defaultValue;
    inner = inner.def.innerType as z.ZodType;
  }
  return { inner, preset };
}

/** What a schema says of a value that is none of anything, without the way to a right one. */
function ruleOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodObject) return `a map of ${Object.keys(schema.shape).join(", ")}`;
  const { error } = schema.safeParse(Symbol("nothing"));
  const [words = ""] = (error?.issues[0]?.message ?? "").split("; ");
  if (!words.startsWith("must be ")) throw new Error(`a rule must begin with "must be", got "${words}"`);
  return words.slice("must be ".length).replace(/^one of ([^,]+)$/, "$1");
}

function shown(preset: unknown): string {
  if (preset === undefined) return "";
  if (Array.isArray(preset) && preset.length === 0) return "none";
  return typeof preset === "string" ? `\`${preset}\`` : JSON.stringify(preset);
}
