import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { linesOf } from "./lines.ts";
import { clean } from "./logText.ts";

/** Runs a command in a container, hands on what it writes line by line, and returns its exit code. */
export async function streamed(
  docker: Docker,
  id: string,
  command: string[],
  write: (line: string) => void,
): Promise<number> {
  const run = await docker.getContainer(id).exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
  await written(docker, await run.start({}), write);
  const { ExitCode } = await run.inspect();
  return ExitCode ?? 1;
}

/** Resolves once a stream of a container has ended and all of it is written. */
export async function written(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  write: (line: string) => void,
): Promise<void> {
  const text = new PassThrough();
  docker.modem.demuxStream(stream, text, text);
  for (const end of ["end", "close", "error"]) stream.on(end, () => text.end());
  for await (const line of linesOf(text)) write(clean(line));
}
