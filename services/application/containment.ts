import { scratch, type ContainerSpec } from "../../components/containers/containerSpec.ts";

/** What settings say of how an image of somebody's own is contained. All absent: as tight as any other. */
export interface Containment {
  /** Folders in memory that its processes may write into, beside /tmp. */
  writable?: string[];
  /** Whether the image's own files can't be changed. @default true */
  readOnlyRoot?: boolean;
  /** Instead of the image's own; the image's command isn't run then. */
  entrypoint?: string[];
  /** Room of folders in memory, in MiB. @default 64 each */
  tmpfs?: Record<string, number>;
  /** Linux capabilities it keeps, without `CAP_`. @default none */
  capabilities?: Capability[];
  /** Names that its network doesn't know → address. */
  extraHosts?: Record<string, string>;
  /** Shared memory in MiB. @default 64 */
  shm?: number;
  /** @default what the image says, else SIGTERM */
  stopSignal?: string;
}

/** Capabilities that images ask for and that don't reach the machine, each with what it is for. */
export const capabilities = {
  CHOWN: "gives files to another user",
  DAC_OVERRIDE: "reads and writes files of other users",
  FOWNER: "changes the mode of files of other users",
  FSETID: "keeps set-group-id on files that it changes",
  SETGID: "hands over to another group",
  SETUID: "hands over to another user",
  KILL: "sends signals to processes of other users",
  NET_BIND_SERVICE: "listens below port 1024 where the engine lets nobody else",
  NET_RAW: "sends ping",
  SYS_CHROOT: "locks a part of itself into a folder",
  SYS_NICE: "takes precedence among its own processes",
  IPC_LOCK: "keeps memory from being swapped out",
} as const;

export type Capability = keyof typeof capabilities;

/** MiB of a folder in memory where settings say no more. */
const room = 64;

/**
 * The part of a container's spec that settings say of a service and its jobs. A folder that is a mount already stays
 * one. Docker adds `noexec` where nobody says `exec`, and then an image can't run what it unpacks there.
 */
export function containment(
  service: Containment & { user: string },
  mounted: readonly string[],
): Partial<ContainerSpec> {
  const { readOnlyRoot, capabilities: kept, extraHosts } = service;
  return {
    ...(readOnlyRoot !== undefined && { readOnlyRoot }),
    ...(kept !== undefined && { capabilities: kept.map((name) => `CAP_${name}`) }),
    ...(extraHosts !== undefined && { names: extraHosts }),
    ...tmpfs(service, mounted),
  };
}

/** What holds for the service alone: a job ends by itself, and its command is its own. */
export function lasting({ entrypoint, shm, stopSignal }: Containment): Partial<ContainerSpec> {
  return {
    ...(entrypoint !== undefined && { entrypoint }),
    ...(shm !== undefined && { sharedMemory: shm }),
    ...(stopSignal !== undefined && { stopSignal }),
  };
}

function tmpfs(
  { user, writable = [], tmpfs: sizes = {} }: Containment & { user: string },
  mounted: readonly string[],
): Pick<ContainerSpec, "tmpfs"> {
  const folders = [...new Set([...writable, ...Object.keys(sizes)])];
  if (folders.length === 0) return {};
  const own = folders
    .filter((folder) => !mounted.includes(folder))
    .map((folder) => {
      const data = folder === "/tmp" && !writable.includes(folder);
      return [
        folder,
        `rw,${data ? "noexec" : "exec"},nosuid,nodev,size=${sizes[folder] ?? room}m,${access(user)}`,
      ];
    });
  return { tmpfs: { ...scratch, ...(Object.fromEntries(own) as Record<string, string>) } };
}

/** An older runc gives a folder that the image has its old mode back (opencontainers/runc#3911), but not its owner. */
function access(user: string): string {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(user) ?? [];
  return uid === undefined ? "mode=1777" : `mode=1777,uid=${uid},gid=${gid}`;
}

/** What is looser than for every other service, in a person's words; empty where nothing is. */
export function loosened(service: Containment & { healthKind?: string }): string[] {
  const { readOnlyRoot, capabilities: kept = [], healthKind } = service;
  return [
    ...(readOnlyRoot === false ? ["readOnlyRoot"] : []),
    ...(kept.length > 0 ? ["capabilities"] : []),
    ...(healthKind === "none" ? ["health"] : []),
  ];
}

/** One line of a plan for each service that is looser than the others. */
export function looseNotes(
  services: Readonly<Record<string, Containment & { healthKind?: string }>>,
): string[] {
  return Object.entries(services).flatMap(([name, service]) => {
    const words: Record<string, string> = {
      readOnlyRoot: "it may change its image's files",
      capabilities: `it keeps ${(service.capabilities ?? []).join(", ")}`,
      health: "nothing asks whether it is healthy, so a release waits for nothing",
    };
    const loose = loosened(service).flatMap((key) => words[key] ?? []);
    return loose.length === 0 ? [] : [`override.${name}: loosened: ${loose.join("; ")}`];
  });
}
