import { createInterface, type Interface } from "node:readline";
import { PassThrough } from "node:stream";

/**
 * Reads a stream of the engine's by line. Where its connection is cut the lines end, and that is no error: the machine
 * may have been replaced or may start again, and whatever needs it will say so itself. Of a broken input Node.js makes
 * an error of the lines, which nobody expects there (nodejs/node lib/internal/readline/interface.js, onerror).
 */
export function linesOf(stream: NodeJS.ReadableStream): Interface {
  const whole = new PassThrough();
  stream.on("error", () => whole.end());
  stream.pipe(whole);
  return createInterface({ input: whole });
}
