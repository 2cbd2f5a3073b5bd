import pc from "picocolors";

/** Where a command says things, and in which form. */
export interface Output {
  json: boolean;
  /** Where progress goes: stdout, or stderr while stdout carries JSON or Markdown. */
  stream: NodeJS.WriteStream;
  /** True when lines may be drawn anew. */
  live: boolean;
  colour: Colours;
  /** A line for people; never on stdout while that carries JSON. */
  say: (line: string) => void;
  /** A JSON document, or one event of a stream of them. */
  emit: (value: unknown) => void;
}

export type Colours = ReturnType<typeof pc.createColors>;

export function openOutput(options: { json?: boolean; markdown?: boolean }): Output {
  const json = options.json ?? false;
  const stream = json || options.markdown === true ? process.stderr : process.stdout;
  return {
    json,
    stream,
    live: stream.isTTY && process.env.TERM !== "dumb",
    colour: pc.createColors(colours(stream)),
    say: (line) => void stream.write(`${line}\n`),
    emit: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
  };
}

/** https://no-color.org; FORCE_COLOR is for pipes that end in a terminal. */
function colours(stream: NodeJS.WriteStream, environment = process.env): boolean {
  if (environment.NO_COLOR) return false;
  return stream.isTTY || Boolean(environment.FORCE_COLOR);
}
