import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import { pipeClosedCode } from "../readerGone.ts";
import { isTerminal, join, type Terminal } from "./attach.ts";

/**
 * What a container like another has for a command of its own: the same image, files, volumes, variables, limits and
 * networks, under no name that anybody calls, with no port and no health check.
 */
export function likeService(
  { Name, Config, HostConfig, Image }: Pick<ContainerInspectInfo, "Name" | "Config" | "HostConfig" | "Image">,
  command: readonly string[],
  tty: boolean,
): ContainerCreateOptions {
  const [program = "", ...words] = command;
  const term = tty ? [`TERM=${process.env.TERM ?? "xterm"}`] : [];
  return {
    name: `${Name.replace(/^\//, "")}-run-${randomBytes(3).toString("hex")}`,
    Image,
    User: Config.User,
    Env: [...Config.Env, ...term],
    WorkingDir: Config.WorkingDir,
    Entrypoint: [program],
    Cmd: words,
    Labels: { ...Config.Labels, "berth.role": "run" },
    Healthcheck: { Test: ["NONE"] },
    Tty: tty,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      ...HostConfig,
      PortBindings: {},
      RestartPolicy: { Name: "no" },
      AutoRemove: false,
    },
  };
}

/** What a shell says of a command that ^C has ended. */
const interruptedCode = 130;

/** Runs a command in a container of its own, like one that runs, and returns its exit code. Nothing of it stays. */
export async function runLike(
  docker: Docker,
  id: string,
  command: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const model = await docker.getContainer(id).inspect();
  const tty = isTerminal(terminal);
  let made: Docker.Container | undefined;
  let removal: Promise<unknown> | undefined;
  // Once: asked a second time, the engine says at once that it is at it, and the container is still there.
  const remove = async (): Promise<void> => {
    removal ??= made?.remove({ force: true, v: true }).catch(() => undefined);
    await removal;
  };
  const ending = new AbortController();
  const interrupted = (): void => {
    ending.abort();
    void remove();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  // Before it is made: the engine may have it a while before it says so.
  for (const signal of signals) process.on(signal, interrupted);
  try {
    const container = await docker.createContainer(likeService(model, command, tty));
    made = container;
    if (ending.signal.aborted) return interruptedCode;
    const first = model.HostConfig.NetworkMode;
    for (const network of Object.keys(model.NetworkSettings.Networks))
      if (network !== first) await docker.getNetwork(network).connect({ Container: container.id });
    const stream = await container.attach({
      stream: true,
      hijack: true,
      stdin: true,
      stdout: true,
      stderr: true,
    });
    await container.start();
    if (await join(docker, stream, terminal, (size) => container.resize(size))) return pipeClosedCode;
    // Asked before the start, it would answer at once: what was only made doesn't run either.
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    return StatusCode;
  } finally {
    for (const signal of signals) process.off(signal, interrupted);
    await remove();
  }
}
