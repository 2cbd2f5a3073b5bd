import process from "node:process";

/** Verbs that change nothing, so that nothing is left half done when they end early. */
export const looking: ReadonlySet<string> = new Set([
  "preview",
  "validate",
  "verify",
  "status",
  "top",
  "logs",
  "tunnel",
  "drift",
  "env",
]);

/** What writing says once nobody reads: a pipe's other end is closed, or the terminal is (write(2)). */
const closed = new Set(["EPIPE", "EIO", "ECONNRESET"]);

/** What a shell has of a command that a closed pipe ended: 128 and the number of SIGPIPE (signal(7)). */
export const pipeClosedCode = 141;

/**
 * What `berth logs | head` expects: a verb that only looks ends with its reader, without a word. One that changes
 * things goes on to its end, unheard. Without a listener, each failed write is an exception that the Automation API
 * writes down, which is the next failed write, without end.
 */
export function endWithReader(verb: string): void {
  const gone = (error: NodeJS.ErrnoException): void => {
    if (!closed.has(error.code ?? "")) throw error;
    // Once: what is said as it ends can't be written either, and a third signal would kill an engine.
    if (ending || !looking.has(verb)) return;
    ending = true;
    // Whoever started an engine or holds a connection ends it first.
    if (process.listenerCount("SIGTERM") > 0) process.emit("SIGTERM");
    else process.exit(pipeClosedCode);
  };
  process.stdout.on("error", gone);
  process.stderr.on("error", gone);
}

let ending = false;

/** The exit code of a verb that would end with this one. */
export function codeOfEnd(code: number): number {
  return ending ? pipeClosedCode : code;
}
