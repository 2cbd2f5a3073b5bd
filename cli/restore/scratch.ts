import type Docker from "dockerode";
import { created } from "../docker/created.ts";
import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import { written } from "../docker/stream.ts";

/**
 * A container like the one that makes backups, that may write: the same image, files and mounts, and of root's powers
 * those that give files their owners back.
 */
export function writingTwin(
  { Config, HostConfig, NetworkSettings, Image }: ContainerInspectInfo,
  command: string[],
): ContainerCreateOptions {
  const { Mounts = [], Memory, MemorySwap, NanoCpus } = HostConfig;
  const [network] = Object.keys(NetworkSettings.Networks);
  return {
    Image,
    Env: Config.Env,
    User: Config.User,
    Entrypoint: command,
    Cmd: [],
    Labels: { ...Config.Labels, "berth.role": "job" },
    HostConfig: {
      Mounts: Mounts.map((mount) =>
        mount.Target.startsWith("/backup/volumes/") ? { ...mount, ReadOnly: false } : mount,
      ),
      Tmpfs: HostConfig.Tmpfs as Record<string, string>,
      ...{ Memory, MemorySwap, NanoCpus },
      SecurityOpt: HostConfig.SecurityOpt as string[],
      CapDrop: ["ALL"],
      CapAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"],
      ReadonlyRootfs: true,
      Init: true,
      // What it says is read again where the way to it broke, and not every driver can be read.
      LogConfig: { Type: "json-file", Config: {} },
      NetworkMode: network,
    },
  };
}

/** Runs a container to its end, or until `ending` has it killed, hands on what it writes, and removes it whatever happens. */
export async function runScratch(
  docker: Docker,
  options: ContainerCreateOptions,
  write: (line: string) => void,
  ending?: AbortSignal,
): Promise<number> {
  const container = await created(docker, options);
  const kill = (): void => {
    // It may have ended by itself.
    container.kill().catch(() => undefined);
  };
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    await container.start();
    ending?.addEventListener("abort", kill);
    if (ending?.aborted) kill();
    const [{ StatusCode }] = await Promise.all([
      container.wait() as Promise<{ StatusCode: number }>,
      written(docker, stream, write),
    ]);
    return StatusCode;
  } finally {
    ending?.removeEventListener("abort", kill);
    await container.remove({ force: true, v: true });
  }
}
