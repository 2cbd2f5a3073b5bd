import { finished } from "node:stream/promises";
import type Docker from "dockerode";
import { unframe } from "./logText.ts";

export interface ExecResult {
  code: number;
  output: string;
}

/** Runs a command in a container and waits for its end; more than `seconds` is an error. */
export async function exec(docker: Docker, id: string, command: string[], seconds = 15): Promise<ExecResult> {
  const run = await docker.getContainer(id).exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
  const stream = await run.start({});
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => {
    stream.destroy(new Error(`no answer within ${seconds} s`));
  }, seconds * 1000);
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await finished(stream, { writable: false }).finally(() => {
    clearTimeout(timer);
    stream.destroy();
  });
  const { ExitCode } = await run.inspect();
  return { code: ExitCode ?? 1, output: unframe(Buffer.concat(chunks)) };
}
