import { mkdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { MARK, builtFolder, has, publish, sourceHash, toolsFolder } from "./cache.ts";
import { checkGo, runGo } from "./go.ts";
import { withLock } from "./lock.ts";
import { type Step, ticking } from "./progress.ts";
import type { Tool } from "./tools.ts";

/** A tool that is missing, and where a person sees what becomes of it. */
export interface Job {
  tool: Tool;
  step: Step;
}

/**
 * Builds tools from Go modules, each into its {@link builtFolder}. One process at a time: a second one waits, and
 * finds the work done. Go's build cache outlives a run that was stopped and goes when all is built.
 *
 * @throws when Go, the disk or the module proxy fail
 */
export async function buildAll(jobs: readonly Job[]): Promise<void> {
  const missing = jobs.filter(({ tool }) => !has(builtFolder(tool), tool));
  if (missing.length === 0) return;
  await mkdir(toolsFolder, { recursive: true });
  await checkGo(toolsFolder);
  await withLock(
    join(toolsFolder, "lock"),
    ({ pid, host }) => {
      for (const { step } of missing) step.note(`waiting for process ${pid} on ${host}, which builds`);
      return missing.every(({ tool }) => has(builtFolder(tool), tool));
    },
    async () => {
      const buildCache = join(toolsFolder, "go-build");
      await mkdir(join(buildCache, "tmp"), { recursive: true });
      const turn = turns(Math.max(1, Math.floor(availableParallelism() / 2)));
      const built = await Promise.allSettled(missing.map((job) => build(job, buildCache, turn)));
      for (const result of built) if (result.status === "rejected") throw result.reason;
      await rm(buildCache, { recursive: true, force: true });
    },
  );
}

/** Runs at most `width` pieces of work at once. */
type Turn = (work: () => Promise<void>) => Promise<void>;

/** Downloads overlap with compiling; two compilations on two cores would only do the same packages twice. */
async function build({ tool, step }: Job, buildCache: string, turn: Turn): Promise<void> {
  const folder = builtFolder(tool);
  if (has(folder, tool)) return;
  const ticker = ticking(step, "starting Go");
  try {
    const packages = await download(tool, buildCache, ticker.note);
    ticker.note("modules are here, waiting for a turn to compile");
    await turn(() =>
      publish(folder, tool, async (draft) => {
        await compile(tool, buildCache, join(draft, tool.file), packages, ticker.note);
        await writeFile(join(draft, MARK), sourceHash(tool));
      }),
    );
  } finally {
    ticker.stop();
  }
}

/** Fetches the modules that the tool's own packages need, and no others; counts those packages. */
async function download(tool: Tool, buildCache: string, note: (text: string) => void): Promise<number> {
  let modules = 0;
  const target = tool.build.toSpliced(tool.build.indexOf("-ldflags"), 2);
  const packages = await runGo(tool, buildCache, ["list", "-deps", ...target], (line) => {
    if (line.startsWith("go: downloading")) note(`downloading Go modules, ${(modules += 1)} so far`);
  });
  return packages.length;
}

async function compile(
  tool: Tool,
  buildCache: string,
  output: string,
  packages: number,
  note: (text: string) => void,
): Promise<void> {
  const main = tool.build.at(-1) === "." ? `berth.invalid/${tool.name}` : tool.build.at(-1);
  let compiled = 0;
  note("compiling");
  const args = ["build", "-v", "-trimpath", "-buildvcs=false", "-o", output, ...tool.build];
  await runGo(tool, buildCache, args, (line) => {
    compiled += 1;
    note(line === main ? "linking" : `compiling package ${compiled} of at most ${packages}`);
  });
}

function turns(width: number): Turn {
  const waiting: (() => void)[] = [];
  let free = width;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
