import { dirname, join } from "node:path";
import { buildAll } from "../build.ts";
import { builtFolder } from "../cache.ts";
import type { Tool } from "../tools.ts";
import { imagesFolder } from "./sources.ts";

const minioPackage = "github.com/minio/minio";
/** The newest that the Go module proxy has; the project publishes sources only since October 2025. */
const released = "2026-02-12T20:18:48Z";

const minio: Tool = {
  name: "minio",
  title: "MinIO",
  version: released.slice(0, 10).replaceAll("-", "."),
  folder: join(imagesFolder, "minio"),
  build: [
    "-ldflags",
    `-s -w -X ${minioPackage}/cmd.Version=${released} -X ${minioPackage}/cmd.ReleaseTag=RELEASE.${released.replaceAll(":", "-")}`,
    minioPackage,
  ],
  file: join("server", "minio"),
};

const cadvisor: Tool = {
  name: "cadvisor",
  title: "cAdvisor",
  version: "0.52.1",
  folder: join(imagesFolder, "monitoring", "cadvisor"),
  build: ["-ldflags", "-s -w", "."],
  file: join("server", "cadvisor"),
};

const restic: Tool = {
  name: "restic",
  title: "restic",
  version: "0.18.1",
  folder: join(imagesFolder, "restic"),
  build: ["-ldflags", "-s -w", "github.com/restic/restic/cmd/restic"],
  file: join("restic", "restic"),
};

/** MinIO for the stand-in of its image: a folder with `minio`, built once from its Go module (5 minutes of one core). */
export function objectStoreServer(note: (text: string) => void): Promise<string> {
  return built(minio, note);
}

/** cAdvisor for the stand-in of its image: a folder with `cadvisor`, built once (a minute of one core). */
export function containerWatcher(note: (text: string) => void): Promise<string> {
  return built(cadvisor, note);
}

/** restic for the stand-in of its image: a folder with `restic`, built once (two minutes of one core). */
export function backupProgram(note: (text: string) => void): Promise<string> {
  return built(restic, note);
}

export async function built(tool: Tool, note: (text: string) => void): Promise<string> {
  const ends = { done: () => undefined, skip: () => undefined, fail: () => undefined };
  await buildAll([{ tool, step: { note, ...ends } }]);
  return dirname(join(builtFolder(tool), tool.file));
}
