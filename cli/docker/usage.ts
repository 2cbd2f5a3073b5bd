import { setTimeout as pause } from "node:timers/promises";
import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";

/** What a container uses right now. */
export interface Usage {
  /** Cores, so 0.5 is half of one. */
  cpus: number;
  /** Bytes, without what the kernel may drop. */
  memory: number;
  /** Bytes it may take; 0 is no limit. */
  memoryLimit: number;
  /** Processes and threads. */
  processes: number;
  /** Bytes a second, over all its networks. */
  received: number;
  sent: number;
  startedAt: Date;
  restarts: number;
}

/** The part of `GET /containers/{id}/stats` we read (https://docs.docker.com/reference/api/engine/version/v1.41/). */
export interface Stats {
  read: string;
  cpu_stats: { cpu_usage: { total_usage: number } };
  memory_stats: { usage?: number; limit?: number; stats?: Record<string, number> };
  pids_stats?: { current?: number };
  /** By interface; absent where a container has no network. */
  networks?: Record<string, { rx_bytes: number; tx_bytes: number }>;
}

/** Two looks at every container, half a second apart; one that goes away meanwhile is left out. */
export async function usageOf(
  docker: Docker,
  containers: readonly ContainerInfo[],
): Promise<Map<string, Usage>> {
  const first = await statsOf(docker, containers);
  await pause(containers.length === 0 ? 0 : 500);
  const [second, inspected] = await Promise.all([
    statsOf(docker, containers),
    Promise.all(
      containers.map(({ Id }) =>
        docker
          .getContainer(Id)
          .inspect()
          .catch(() => undefined),
      ),
    ),
  ]);
  return new Map(
    inspected.flatMap((info) => {
      if (info === undefined) return [];
      const [a, b] = [first.get(info.Id), second.get(info.Id)];
      const used = a && b ? measure(a, b) : nothing;
      const memoryLimit = info.HostConfig.Memory ?? 0;
      const usage = {
        ...used,
        memoryLimit,
        startedAt: new Date(info.State.StartedAt),
        restarts: info.RestartCount,
      };
      return [[info.Id, usage] as const];
    }),
  );
}

async function statsOf(docker: Docker, containers: readonly ContainerInfo[]): Promise<Map<string, Stats>> {
  const running = containers.filter(({ State }) => State === "running");
  const all = await Promise.all(
    running.map(async ({ Id }) => {
      const options = { stream: false, "one-shot": true } as const;
      const stats: Stats | undefined = await docker
        .getContainer(Id)
        .stats(options)
        .catch(() => undefined);
      return stats && ([Id, stats] as const);
    }),
  );
  return new Map(all.filter((entry) => entry !== undefined));
}

type Measured = Pick<Usage, "cpus" | "memory" | "processes" | "received" | "sent">;

const nothing: Measured = { cpus: 0, memory: 0, processes: 0, received: 0, sent: 0 };

/** What was used between two looks; the file cache isn't counted, as `docker stats` doesn't. */
export function measure(a: Stats, b: Stats): Measured {
  const seconds = (Date.parse(b.read) - Date.parse(a.read)) / 1000;
  const rate = (before: number, after: number) => (seconds > 0 ? Math.max(0, (after - before) / seconds) : 0);
  const { usage = 0, stats = {} } = b.memory_stats;
  const cache = stats.inactive_file ?? stats.total_inactive_file ?? 0;
  return {
    cpus: rate(a.cpu_stats.cpu_usage.total_usage, b.cpu_stats.cpu_usage.total_usage) / 1e9,
    memory: Math.max(0, usage - cache),
    processes: b.pids_stats?.current ?? 0,
    received: rate(passed(a, "rx_bytes"), passed(b, "rx_bytes")),
    sent: rate(passed(a, "tx_bytes"), passed(b, "tx_bytes")),
  };
}

function passed({ networks = {} }: Stats, way: "rx_bytes" | "tx_bytes"): number {
  return Object.values(networks).reduce((sum, one) => sum + one[way], 0);
}
