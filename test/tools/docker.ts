import Docker, { type Container, type ContainerInspectInfo } from "dockerode";
import { until } from "./wait.ts";

/** The engine that DOCKER_HOST names, else this machine's. */
export const docker = new Docker();

/** Everything with this label, whatever its state. */
export async function labelled(label: string, engine = docker) {
  const filters = { label: [label] };
  const [containers, networks, volumes] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  // The engine answers null where there is none.
  const held = (volumes.Volumes as typeof volumes.Volumes | null) ?? [];
  return { containers, networks, volumes: held };
}

/** Removes everything with this label: containers one by one, for Docker 20.10 loses track of endpoints otherwise. */
export async function removeLabelled(label: string): Promise<void> {
  const { containers, networks, volumes } = await labelled(label);
  for (const { Id } of containers) await forget(docker.getContainer(Id).remove({ force: true, v: true }));
  for (const { Id } of networks) await forget(docker.getNetwork(Id).remove());
  for (const { Name } of volumes) await forget(docker.getVolume(Name).remove({ force: true }));
}

/** What is gone already, or is just being removed by a test beside this one, needn't be removed. */
async function forget(removal: Promise<unknown>): Promise<void> {
  await removal.catch((error: unknown) => {
    const { statusCode, message } = error as { statusCode?: number; message: string };
    if (statusCode === 404 || message.includes("already in progress")) return;
    throw error;
  });
}

export interface ExecResult {
  code: number;
  output: string;
}

/** Runs a command inside a container, as its own user unless told otherwise. */
export async function exec(container: string, command: string[], user?: string): Promise<ExecResult> {
  const run = await docker.getContainer(container).exec({
    Cmd: command,
    AttachStdout: true,
    AttachStderr: true,
    ...(user !== undefined && { User: user }),
  });
  const output = text(await bytes(await run.start({ hijack: true, stdin: false })));
  const { ExitCode: code } = await run.inspect();
  return { code: code ?? -1, output };
}

/**
 * Has a container stand still. runc gives up ("unable to freeze") where a process is just being started in it, as one of
 * a health check is, and lets it go on (https://github.com/opencontainers/runc/issues/2753).
 */
export async function pause(container: string): Promise<void> {
  await until(`${container} stands still`, 60, async () => {
    await docker.getContainer(container).pause();
    return true;
  });
}

export async function log(container: string): Promise<string> {
  return text(await docker.getContainer(container).logs({ stdout: true, stderr: true }));
}

export async function inspect(container: string): Promise<ContainerInspectInfo> {
  return docker.getContainer(container).inspect();
}

export type { Container };

async function bytes(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Docker puts eight bytes before each piece, with its length in the last four (API, ContainerAttach). */
function text(stream: Buffer): string {
  const parts: string[] = [];
  for (let offset = 0; offset + 8 <= stream.length;) {
    const end = offset + 8 + stream.readUInt32BE(offset + 4);
    parts.push(stream.toString("utf8", offset + 8, end));
    offset = end;
  }
  return parts.join("");
}
