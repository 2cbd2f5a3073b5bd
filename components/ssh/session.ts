import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { sshArguments, type Connection } from "./connection.ts";
import { explain, RemoteError } from "./errors.ts";

export interface RemoteOptions {
  /** What the command reads. */
  input?: string | Readable;
  /** Told every line the command writes, as it comes. */
  onLine?: (line: string) => void;
  /** Seconds until it is stopped. @default 600 */
  deadline?: number;
  /** Whether what it writes is returned too, which is held in memory. @default true */
  kept?: boolean;
}

/** Runs a command on the machine and returns what it wrote. Throws {@link RemoteError}. */
export async function remote(
  server: Connection,
  command: string,
  options: RemoteOptions = {},
): Promise<string> {
  const { input = "", onLine, deadline = 600, kept = true } = options;
  const run = execa("ssh", [...sshArguments(server), command], {
    ...(typeof input === "string" ? { input } : { stdin: "pipe" as const }),
    timeout: deadline * 1000,
    reject: false,
    buffer: { stdout: kept },
  });
  if (typeof input !== "string") input.on("error", () => run.kill()).pipe(run.stdin as NodeJS.WritableStream);
  const lines = onLine && createInterface({ input: run.stdout }).on("line", onLine);
  const lastLine = lines === undefined ? undefined : once(lines, "close");
  const { exitCode, stderr, timedOut, ...rest } = await run;
  const stdout = kept ? rest.stdout : "";
  if (exitCode === 0) {
    await lastLine;
    return stdout;
  }
  if (timedOut) throw new RemoteError(`host: "${short(command)}" took longer than ${deadline} s`, stdout);
  if (exitCode === 255) throw new RemoteError(explain(stderr, server.target), stderr);
  throw new RemoteError(
    `host: "${short(command)}" ended with ${exitCode}, ${(stderr || stdout).trim()}`,
    stdout,
  );
}

function short(command: string): string {
  return command.length > 60 ? `${command.slice(0, 57)}...` : command;
}
