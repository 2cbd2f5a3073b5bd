import { join } from "node:path";
import { execa } from "execa";
import semver from "semver";
import { buildAll } from "../toolchain/build.ts";
import { builtFolder } from "../toolchain/cache.ts";
import type { Progress } from "../toolchain/progress.ts";
import type { Tool } from "../toolchain/tools.ts";

/** Docker Compose v2: a command, and the arguments that come before Compose's own. */
export interface Compose {
  command: string;
  args: string[];
  version: string;
}

const VERSION = "2.40.3";
const OLDEST = "2.40.0";

const tool: Tool = {
  name: "compose",
  title: "Docker Compose",
  version: VERSION,
  folder: join(import.meta.dirname, "../toolchain/go/compose"),
  build: [
    "-ldflags",
    `-s -w -X github.com/docker/compose/v2/internal.Version=v${VERSION}`,
    "github.com/docker/compose/v2/cmd",
  ],
  file: "docker-compose",
};

/** The `docker compose` of this machine when it is new enough, else one built from its Go module and kept. */
export async function ensureCompose(progress: Progress): Promise<Compose> {
  const step = progress.step(tool.title);
  const version = await execa("docker", ["compose", "version", "--short"], {
    reject: false,
    timeout: 10_000,
  });
  const found = version.exitCode === 0 ? semver.coerce(version.stdout) : null;
  if (found !== null && semver.gte(found, OLDEST)) {
    step.skip(`${found.version}, on PATH`);
    return { command: "docker", args: ["compose"], version: found.version };
  }
  try {
    await buildAll([{ tool, step }]);
  } catch (error) {
    step.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
  step.done(`${VERSION}, built from its Go module`);
  return { command: join(builtFolder(tool), tool.file), args: [], version: VERSION };
}
