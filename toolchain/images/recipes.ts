/** How an image comes about on this machine. Folders are below `images/`. */
export type Recipe =
  | { kind: "rootfs"; suite: string; folder: string }
  | {
      kind: "dockerfile";
      folder: string;
      /** The image its Dockerfile starts from. */
      parent: string;
      /** Ours exists nowhere else, so it is never pulled; a stand-in is built only when the original can't be had. */
      ours: boolean;
      /** What this machine makes first and puts into the build's context, as a folder of that name. */
      adds?: "pages" | "packages" | "server" | "watcher" | "client" | "restic";
    };

const standIn = { kind: "dockerfile", ours: false } as const;
const own = { kind: "dockerfile", ours: true } as const;

/** Every image that can be built here, by its name. */
export const recipes: Readonly<Record<string, Recipe>> = {
  "berth/base:bookworm": { kind: "rootfs", suite: "bookworm", folder: "base" },
  "berth/base:forky": { kind: "rootfs", suite: "forky", folder: "base" },
  "postgres:15": { ...standIn, folder: "postgres", parent: "berth/base:bookworm" },
  "redis:7": { ...standIn, folder: "redis", parent: "berth/base:bookworm" },
  "nginx:1.30": { ...standIn, folder: "nginx", parent: "berth/base:forky" },
  "busybox:1.37-musl": { ...standIn, folder: "busybox", parent: "berth/base:bookworm" },
  "python:3.11-slim": { ...standIn, folder: "python", parent: "berth/base:bookworm" },
  "node:22-slim": { ...standIn, folder: "node", parent: "berth/base:bookworm", adds: "packages" },
  "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z": {
    ...standIn,
    folder: "minio",
    parent: "berth/base:bookworm",
    adds: "server",
  },
  "goacme/lego:v5.6.0": { ...standIn, folder: "lego", parent: "berth/base:bookworm", adds: "client" },
  "restic/restic:0.18.1": { ...standIn, folder: "restic", parent: "berth/base:bookworm", adds: "restic" },
  "prom/prometheus:v2.53.4": watching("prometheus"),
  "prom/alertmanager:v0.28.1": watching("alertmanager"),
  "prom/node-exporter:v1.9.1": watching("node-exporter"),
  "prometheuscommunity/postgres-exporter:v0.17.1": watching("postgres-exporter"),
  "oliver006/redis_exporter:v1.67.0-alpine": watching("redis-exporter"),
  "nginx/nginx-prometheus-exporter:1.4.1": watching("nginx-exporter"),
  "gcr.io/cadvisor/cadvisor:v0.52.1": { ...watching("cadvisor"), adds: "watcher" },
  "berth/reference-app:1": { ...own, folder: "reference-app", parent: "python:3.11-slim", adds: "pages" },
  "berth/front-end:1": { ...own, folder: "front-end/server", parent: "nginx:1.30", adds: "pages" },
  "berth/front-end-dev:1": { ...own, folder: "front-end", parent: "node:22-slim" },
};

/** From Debian's package, older than the original and with the same flags for what we ask of it. */
function watching(folder: string) {
  return { ...standIn, folder: `monitoring/${folder}`, parent: "berth/base:bookworm" };
}

export function isBuiltHere(recipe: Recipe | undefined): recipe is Recipe {
  return recipe !== undefined && (recipe.kind === "rootfs" || recipe.ours);
}
