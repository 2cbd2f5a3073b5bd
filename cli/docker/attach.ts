import type Docker from "dockerode";
import { pipeClosedCode } from "../readerGone.ts";

/** A person's or a script's own input and output. */
export interface Terminal {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

/** Whether a command gets a terminal: only where input and output both are one. */
export function isTerminal({ stdin, stdout }: Terminal): boolean {
  return stdin.isTTY && stdout.isTTY;
}

/**
 * Joins a command's stream with a terminal until the command ends, or nobody reads its output any more, as in `| head`:
 * then it is true. `resize` tells it the size of the window, now and whenever that changes. Keys, ^C among them, go to
 * the command where there is a terminal.
 */
export async function join(
  docker: Docker,
  stream: NodeJS.ReadWriteStream & { destroy?: () => unknown },
  terminal: Terminal,
  resize: (size: { h: number; w: number }) => Promise<unknown>,
): Promise<boolean> {
  const { stdin, stdout, stderr } = terminal;
  const tty = isTerminal(terminal);
  const size = (): void => {
    // A command that has just ended has no window.
    resize({ h: stdout.rows, w: stdout.columns }).catch(() => undefined);
  };
  let leave = (): void => undefined;
  const ended = new Promise<boolean>((resolve) => {
    for (const event of ["end", "close", "error"])
      stream.once(event, () => {
        resolve(false);
      });
    leave = () => {
      stream.destroy?.();
      resolve(true);
    };
  });
  stdout.once("error", leave);
  if (tty) {
    stdin.setRawMode(true);
    stdout.on("resize", size);
    size();
    stream.pipe(stdout, { end: false });
  } else docker.modem.demuxStream(stream, stdout, stderr);
  stdin.pipe(stream);
  try {
    return await ended;
  } finally {
    stdout.off("error", leave);
    stdin.unpipe(stream);
    stdin.pause();
    if (tty) stdin.setRawMode(false);
    stdout.off("resize", size);
  }
}

/** Runs a command in a container that runs, with this terminal, and returns its exit code. */
export async function execAttached(
  docker: Docker,
  id: string,
  command: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const tty = isTerminal(terminal);
  const run = await docker.getContainer(id).exec({
    Cmd: [...command],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
    ...(tty && { Env: [`TERM=${process.env.TERM ?? "xterm"}`] }),
  });
  const stream = await run.start({ hijack: true, stdin: true, Tty: tty });
  if (await join(docker, stream, terminal, (size) => run.resize(size))) return pipeClosedCode;
  const { ExitCode } = await run.inspect();
  return ExitCode ?? 1;
}
