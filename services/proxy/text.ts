/** Lines of an nginx block, indented by one level. */
export function block(head: string, ...body: readonly (string | readonly string[])[]): string[] {
  const lines = body.flat().map((line) => (line === "" ? "" : `    ${line}`));
  return [`${head} {`, ...lines, "}"];
}

/** A text between quotes, which it may hold itself. */
export function quoted(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}

/** One `map`; keys are exact strings, or regular expressions when they begin with `~`. */
export function map(source: string, variable: string, entries: Readonly<Record<string, string>>): string[] {
  return block(
    `map ${source} ${variable}`,
    Object.entries(entries).map(
      ([key, value]) => `${key === "default" ? key : `"${key}"`} ${quoted(value)};`,
    ),
  );
}

/** A map whose value changes while one request is tried several times, or led elsewhere. */
export function volatile([head = "", ...rest]: readonly string[]): string[] {
  return [head, "    volatile;", ...rest];
}

/** The parts that are there, each set off by an empty line. */
export function paragraphs(parts: readonly (readonly string[])[]): string[] {
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : ["", ...part]));
}
