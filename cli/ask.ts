import { once } from "node:events";
import { createInterface } from "node:readline/promises";

/** Where a person reads a question and writes an answer. */
export interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

/** No line that somebody writes holds its end. */
const unanswered = "\n";

/** What a person answers to a question, without spaces around it; "" when ^C or ^D ends it. */
export async function ask(
  question: string,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  const lines = createInterface(terminal);
  const ended = once(lines, "close").then(() => unanswered);
  try {
    const answer = await Promise.race([lines.question(question).catch(aborted), ended]);
    // What is said next must not follow the question on its line.
    if (answer === unanswered) terminal.output.write("\n");
    return answer.trim();
  } finally {
    lines.close();
  }
}

function aborted(error: unknown): string {
  if (error instanceof Error && error.name === "AbortError") return unanswered;
  throw error;
}
