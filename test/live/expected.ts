import { cpus } from "node:os";
import type { Confinement } from "../tools/audit.ts";

const none = "0000000000000000 0000000000000000";

const all = {
  capabilities: none,
  noNewPrivileges: true,
  root: "Read-only file system",
  processes: 1024,
  health: "healthy",
  ports: [],
  aliases: [],
  restart: "unless-stopped",
  log: 'local {"max-file":"5","max-size":"10m"}',
  dangers: [],
} satisfies Partial<Confinement>;

const files = "ro volume /etc/berth";
const scratch = "tmpfs /tmp rw,noexec,nosuid,nodev,size=64m,mode=1777";

function limits(cores: number, memory: number) {
  return { cpus: Math.min(cores, cpus().length), memory, swap: memory };
}

function nginx(cores: number, memory: number, aliases: string[], ports: string[] = []): Confinement {
  const mounts = [files, "rw volume /run/berth", scratch];
  return {
    ...all,
    ...limits(cores, memory),
    image: "nginx:1.30",
    user: "101:101",
    mounts,
    aliases,
    ports,
  };
}

function postgres(name: string): Confinement {
  const mounts = [files, "rw volume /var/lib/postgresql/data", "rw volume /var/run/postgresql", scratch];
  return {
    ...all,
    ...limits(1, 512),
    image: "postgres:15",
    user: "999:999",
    mounts,
    aliases: [name],
  };
}

function redis(name: string): Confinement {
  const mounts = [files, "rw volume /data", scratch];
  return {
    ...all,
    ...limits(0.5, 128),
    image: "redis:7",
    user: "999:999",
    mounts,
    aliases: [name],
  };
}

function application(cores: number, memory: number, user: string): Confinement {
  const mounts = [files, scratch];
  return {
    ...all,
    ...limits(cores, memory),
    image: "berth/reference-app:1",
    user,
    mounts,
  };
}

/** ATTN as its document wants it: one published port, everything else inside. */
export function attn(address: string): Record<string, Confinement> {
  return {
    "api-gateway-1": application(1, 512, "12608:10001"),
    "api-gateway-2": application(1, 512, "12608:10001"),
    "attn_backend_api-1": application(1, 512, "16490:10001"),
    "attn_backend_api-2": application(1, 512, "16490:10001"),
    attn_postgres: postgres("attn_postgres"),
    attn_redis: redis("attn_redis"),
    "face-recognition-1": application(2, 1024, "19048:10001"),
    "main-app-nginx": nginx(1, 128, ["attn_backend_api", "main-app-nginx"], [`${address}->80/tcp`]),
    "microservice-nginx": nginx(0.5, 64, ["api-gateway", "microservice-nginx"]),
  };
}

/** LOC8; its backend runs as the document's appuser. */
export function loc8(address: string): Record<string, Confinement> {
  const frontend = {
    ...all,
    ...limits(1, 128),
    image: "berth/front-end:1",
    user: "101:101",
    mounts: [scratch],
  };
  return {
    "backend-1": application(1, 512, "1000:1000"),
    "frontend-1": frontend,
    nginx: nginx(1, 128, ["backend", "frontend", "nginx"], [`${address}->80/tcp`]),
    postgres: postgres("postgres"),
    redis: redis("redis"),
  };
}
