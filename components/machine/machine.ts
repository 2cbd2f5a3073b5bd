import type { HostKeyPair } from "../ssh/hostKey.ts";

/**
 * A machine as it has to be before a system runs on it. The same description becomes the user-data of a machine we
 * build and the script that prepares one that exists.
 */
export interface Machine {
  /** Name of the system, such as `vru`; its folder and verb are named after it. */
  system: string;
  /** Networks, as CIDR, from which ssh is reached. */
  sshFrom: readonly string[];
  /** All that sshd listens on. @default 22 */
  sshPorts?: readonly number[];
  /** TCP ports open to everyone. @default 80 and 443 */
  ports?: readonly number[];
  /** UDP ports of its own programs that are open to everyone; containers stay closed there. @default none */
  udpPorts?: readonly number[];
  /** Neighbours on a private network, each let in on the ports named and no other. @default none */
  neighbours?: readonly { network: string; ports: readonly number[] }[];
  /** Addresses of the machines with which it is one swarm. @default it is in none */
  swarm?: readonly string[];
  /** Release of Docker Engine, as far as it is pinned. @default "29" */
  engine?: string;
  /** GiB that must be free for Docker. @default 10 */
  leastDisk?: number;
  /** A block device that is formatted once and holds the data. */
  dataDisk?: DataDisk;
  /** Install NVIDIA's driver and container toolkit. @default false */
  gpu?: boolean;
  /** Have Docker publish on IPv6 addresses as it does on IPv4's. @default false */
  ipv6?: boolean;
  /** The identity of a machine we build, so that its key is pinned before it exists. */
  hostKey?: HostKeyPair;
}

export interface DataDisk {
  /** A path that stays, such as `/dev/disk/by-id/google-data`. */
  device: string;
  /** Folders of the machine that lie on it, each mounted from the disk by its own path. */
  folders: readonly string[];
}

/** The command on the machine, which is also the name of its unit: `vru-platform`. */
export function verbOf(system: string): string {
  return `${system}-platform`;
}

/** Where the system keeps what isn't in a volume. */
export function folderOf(system: string): string {
  return `/opt/${verbOf(system)}`;
}

/**
 * Where a container of a monitored system keeps facts as files: targets for Prometheus, and metrics (`*.prom`) that
 * node-exporter passes on. The machine's own unit leaves there what its firewall is.
 */
export const factsFolder = "/var/lib/berth/facts";

/** From everywhere; closed again by giving narrower networks. */
export const everywhere = ["0.0.0.0/0", "::/0"] as const;
