import { join } from "node:path";
import { execa } from "execa";
import { buildAll, type Job } from "../build.ts";
import { builtFolder } from "../cache.ts";
import { onPath } from "../env.ts";
import type { Tool } from "../tools.ts";

const version = "0.30.1";
const versionVariable = "github.com/docker/buildx/version.Version";
const buildxPackage = "github.com/docker/buildx/cmd/buildx";

/** Docker's own client of BuildKit, for a machine whose Docker has none. */
const tool: Tool = {
  name: "buildx",
  title: "buildx",
  version,
  folder: join(import.meta.dirname, "../go/buildx"),
  build: ["-ldflags", `-s -w -X ${versionVariable}=v${version}`, buildxPackage],
  file: join("bin", "buildx"),
};

/** The words that run buildx here: Docker's plugin, else one that is built from its Go module, once. */
export async function buildxCommand(step: Job["step"]): Promise<string[]> {
  const docker = onPath("docker");
  if (docker !== undefined) {
    const { failed } = await execa(docker, ["buildx", "version"], { reject: false, timeout: 20_000 });
    if (!failed) return [docker, "buildx"];
  }
  const ends = { done: () => undefined, skip: () => undefined, fail: () => undefined };
  await buildAll([
    {
      tool,
      step: {
        note: (text) => {
          step.note(`buildx: ${text}`);
        },
        ...ends,
      },
    },
  ]);
  return [join(builtFolder(tool), tool.file)];
}
