import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import semver from "semver";
import type { Tool } from "./tools.ts";

/** What go.mod of the modules in `go/` says. */
export const OLDEST_GO = "1.25.11";
/** Since this version Go fetches the toolchain that a go.mod asks for (https://go.dev/doc/toolchain). */
const FETCHES_TOOLCHAINS = "1.21.0";
const INSTALL_GO = "install it from https://go.dev/dl/ or give Berth a network that reaches get.pulumi.com";
/** Measured: 2.6 GB of build cache and 0.3 GB of binaries; modules go to Go's own cache. */
const ROOM_GB = 4;

/**
 * Why this machine's Go can't build the tools, or undefined.
 *
 * @param version of `go env GOVERSION`, like "go1.26.1"; undefined without Go
 * @param toolchain of `go env GOTOOLCHAIN`
 */
export function whyNotGo(version: string | undefined, toolchain: string): string | undefined {
  if (version === undefined) return `go: must be on PATH to build the tools; ${INSTALL_GO}`;
  const found = semver.coerce(version.replace(/^go/, ""));
  if (found !== null && semver.gte(found, OLDEST_GO)) return undefined;
  if (found !== null && semver.gte(found, FETCHES_TOOLCHAINS) && toolchain !== "local") return undefined;
  return `go: must be ${OLDEST_GO} or newer to build the tools, got ${version.replace(/^go/, "")}; ${INSTALL_GO}`;
}

/** @throws when Go is missing or too old, or the disk too full, with the fix in one line */
export async function checkGo(folder: string): Promise<void> {
  // Outside a module, so that Go answers for itself and doesn't fetch a toolchain first.
  const reply = await execa("go", ["env", "GOVERSION", "GOTOOLCHAIN"], { cwd: "/", reject: false });
  const [version, toolchain = ""] = reply.exitCode === 0 ? reply.stdout.split("\n") : [];
  const reason = whyNotGo(version, toolchain) ?? whyNoRoom(await freeBytes(folder), folder);
  if (reason !== undefined) throw new Error(reason);
}

/** Why a build has no room, or undefined. */
export function whyNoRoom(freeBytes: number, folder: string): string | undefined {
  const free = freeBytes / 1e9;
  return free >= ROOM_GB
    ? undefined
    : `${folder}: must have ${ROOM_GB} GB free to build, got ${free.toFixed(1)} GB`;
}

async function freeBytes(folder: string): Promise<number> {
  const disk = await statfs(folder);
  return disk.bavail * disk.bsize;
}

/**
 * Runs Go on a tool's module, and hands each line of standard error on as it comes. Without cgo: no C compiler is
 * needed, and a binary runs wherever its kernel does.
 *
 * @returns the lines of standard output
 * @throws with Go's own last words
 */
export async function runGo(
  tool: Tool,
  buildCache: string,
  args: string[],
  onLine: (line: string) => void,
): Promise<string[]> {
  const run = await execa("go", args, {
    cwd: tool.prepared ?? tool.folder,
    env: {
      CGO_ENABLED: "0",
      GO111MODULE: "on",
      GOCACHE: buildCache,
      GOFLAGS: "-mod=readonly",
      GOTMPDIR: join(buildCache, "tmp"),
      GOWORK: "off",
    },
    lines: true,
    reject: false,
    stdin: "ignore",
    stderr: function* (line: unknown) {
      onLine(String(line));
      yield line;
    },
  });
  if (run.failed)
    throw new Error(`${tool.title}: go ${args[0]} failed, ${lastWords(run.stderr, run.shortMessage ?? "")}`);
  return run.stdout;
}

/** Go says what it downloads and compiles on the same stream as why it failed. */
export function lastWords(lines: readonly string[], otherwise: string): string {
  const words = lines.filter((line) => line.includes(" ") && !line.startsWith("go: downloading"));
  return words.slice(-3).join("; ") || otherwise;
}
