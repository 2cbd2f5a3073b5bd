import { readFile } from "node:fs/promises";
import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { isReleaseImage } from "../../lib/releaseImage.ts";
import { docker, exec, inspect } from "./docker.ts";
import { familyOf, processTable } from "./processes.ts";

/** How one container really runs, asked of the kernel where it knows. Memory is in MiB. */
export interface Confinement {
  image: string;
  /** `uid:gid` of every process in it. */
  user: string;
  /** Effective and bounding capabilities of its processes, in the kernel's hexadecimal. */
  capabilities: string;
  noNewPrivileges: boolean;
  /** What a process gets to hear that writes a file at the root. */
  root: string;
  memory: number;
  /** Memory and swap together. */
  swap: number;
  cpus: number;
  processes: number;
  health: string;
  /** `127.0.0.1:8080->80/tcp` */
  ports: string[];
  /** `rw volume /data`; tmpfs with its options. */
  mounts: string[];
  /** Names in the network besides its own. */
  aliases: string[];
  restart: string;
  log: string;
  /** What a container should never have, and has. */
  dangers: string[];
}

/** A stack, whose network has its name. */
export interface Audited {
  name: string;
  dockerObjects: () => Promise<{ containers: ContainerInfo[] }>;
}

/** Of every container of a stack that runs for good, by its name in the program. */
export async function confinements(stack: Audited): Promise<Record<string, Confinement>> {
  const { containers } = await stack.dockerObjects();
  const running = containers.filter(({ Labels }) => Labels["berth.role"] === "service");
  const table = await processTable();
  const found = await Promise.all(
    running.map(async ({ Id }) => {
      const info = await inspect(Id);
      return confinement(info, await familyOf(info.State.Pid, table), stack.name);
    }),
  );
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function confinement(
  info: ContainerInspectInfo,
  processes: number[],
  network: string,
): Promise<[string, Confinement]> {
  const { HostConfig: host, NetworkSettings: net, State, Config, Mounts } = info;
  const statuses = await Promise.all(processes.map((pid) => proc(pid, "status")));
  const { RepoTags } = await docker.getImage(info.Image).inspect();
  const tmpfs = Object.entries((host.Tmpfs ?? {}) as Record<string, string>);
  const each = (field: string, take = 1) => distinct(statuses.map((text) => fieldOf(text, field, take)));
  return [
    logicalName(info.Name),
    {
      // A name that `berth rollback` has kept one by is another test's.
      image: RepoTags.find((tag) => !isReleaseImage(tag)) ?? info.Image,
      user: `${each("Uid")}:${each("Gid")}`,
      capabilities: `${each("CapEff")} ${each("CapBnd")}`,
      noNewPrivileges: each("NoNewPrivs") === "1",
      root: await rootOf(info),
      memory: (host.Memory ?? 0) / 1024 ** 2,
      swap: (host.MemorySwap ?? 0) / 1024 ** 2,
      cpus: (host.NanoCpus ?? 0) / 1e9,
      processes: Number(distinct(await Promise.all(processes.map(maxProcesses)))),
      health: Config.Healthcheck === undefined ? "none" : (State.Health?.Status ?? "none"),
      ports: Object.entries(
        net.Ports as Record<string, { HostIp: string; HostPort: string }[] | null>,
      ).flatMap(([inside, bound]) =>
        (bound ?? []).map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}->${inside}`),
      ),
      mounts: [
        ...Mounts.map((mount) => `${mount.RW ? "rw" : "ro"} ${mount.Type} ${mount.Destination}`),
        ...tmpfs.map(([path, options]) => `tmpfs ${path} ${options}`),
      ].sort(),
      aliases: aliases(info, network),
      restart: host.RestartPolicy?.Name ?? "",
      log: `${host.LogConfig?.Type} ${JSON.stringify(host.LogConfig?.Config)}`,
      dangers: dangers(info, network),
    },
  ];
}

/** Of an image without a shell, what Docker says of it. */
async function rootOf({ Id, HostConfig }: ContainerInspectInfo): Promise<string> {
  const readOnly = "Read-only file system";
  const { output } = await exec(Id, ["sh", "-c", "touch /probe && echo written"]).catch((error: unknown) => ({
    output: String(error),
  }));
  if (/executable file not found|no such file or directory/.test(output))
    return HostConfig.ReadonlyRootfs === true ? readOnly : "written";
  return output.includes(readOnly) ? readOnly : output.trim();
}

function aliases({ NetworkSettings, Id }: ContainerInspectInfo, network: string): string[] {
  const all = (NetworkSettings.Networks[network] as { Aliases?: string[] | null } | undefined)?.Aliases ?? [];
  return all.filter((alias) => !Id.startsWith(alias)).sort();
}

function dangers(
  { HostConfig: host, NetworkSettings, Mounts }: ContainerInspectInfo,
  network: string,
): string[] {
  const lists = host as Record<"CapAdd" | "Devices" | "SecurityOpt", string[] | null>;
  // A container that was made but never started has none.
  const ports = (host.PortBindings ?? {}) as Record<string, { HostIp: string }[]> | null;
  const found: Record<string, boolean> = {
    privileged: host.Privileged === true,
    "added capabilities": (lists.CapAdd ?? []).length > 0,
    "devices of the machine": (lists.Devices ?? []).length > 0,
    "the machine's processes": host.PidMode === "host",
    "the machine's network": host.NetworkMode === "host",
    "shared memory of others": !["private", "shareable", ""].includes(host.IpcMode ?? ""),
    "Docker's socket": Mounts.some(({ Source }) => Source.endsWith("docker.sock")),
    "another network": Object.keys(NetworkSettings.Networks).some((name) => name !== network),
    "a port open to all": Object.values(ports ?? {})
      .flat()
      .some(({ HostIp }) => !HostIp.startsWith("127.")),
    "no seccomp": (lists.SecurityOpt ?? []).some((option) => option.startsWith("seccomp=unconfined")),
  };
  return Object.keys(found).filter((danger) => found[danger]);
}

/** `attn_redis` of `/attn_redis-5a9e85e`: the engine adds a random end. */
export function logicalName(name: string): string {
  return name.replace(/^\//, "").replace(/-[0-9a-f]{7}$/, "");
}

/** A process of that id, or nothing when it has just ended. */
async function proc(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
}

function fieldOf(status: string, name: string, take: number): string | undefined {
  const line = status.split("\n").find((text) => text.startsWith(`${name}:`));
  return line
    ?.split(/\s+/)
    .slice(1, 1 + take)
    .join(" ");
}

async function maxProcesses(pid: number): Promise<string | undefined> {
  const line = (await proc(pid, "limits")).split("\n").find((text) => text.startsWith("Max processes"));
  return line?.split(/\s{2,}/)[1];
}

/** One value where all agree, else each. */
function distinct(values: (string | undefined)[]): string {
  return [...new Set(values.filter((value) => value !== undefined))].join(" and ");
}
