import { type Job, buildAll } from "./build.ts";
import { builtFolder, has } from "./cache.ts";
import { type Cli, binary, built, downloaded } from "./cli.ts";
import { downloadCli, downloadPlugin, whyNoVendor } from "./download.ts";
import { pluginsFolder } from "./env.ts";
import { installBuilt, installedPlugin } from "./plugins.ts";
import { cli } from "./tools.ts";
import type { Way } from "./ways.ts";

/** A job, and why the ways tried so far didn't work. */
interface Left extends Job {
  why: string[];
}

/**
 * Gets what is missing by the first way that works, and ends each job's step.
 *
 * @param jobs the CLI's first, where it is missing
 * @param found the CLI, or why what PATH has won't do
 */
export async function obtain(
  jobs: readonly Job[],
  ways: readonly Way[],
  found: Cli | { reason: string },
): Promise<Cli> {
  const started = Date.now();
  let have = "how" in found ? found : undefined;
  const left: Left[] = [];
  const vendor = jobs.length > 0 && ways.includes("download") ? await whyNoVendor() : undefined;
  for (const job of jobs) {
    const why = ways.includes("path") ? [whyNotThere(job, found)] : [];
    const got = ways.includes("download") ? (vendor ?? (await download(job, have))) : undefined;
    if (typeof got === "object") have = got;
    else left.push({ ...job, why: got === undefined ? why : [...why, `download: ${got}`] });
  }
  // Said before minutes are spent on what would be of no use without it.
  const never = left.filter(({ tool }) => tool.vendorOnly === true);
  if (never.length > 0) throw failed(never.map(withRemedy));
  if (left.length > 0 && !ways.includes("build")) throw failed(left);
  return await build(left, have, started);
}

function withRemedy({ tool, why, ...job }: Left): Left {
  const remedy = `on a machine that reaches get.pulumi.com run pulumi plugin install resource ${tool.name} ${tool.version}, and bring resource-${tool.name}-v${tool.version} from there into ${pluginsFolder()}`;
  return { ...job, tool, why: [...why, remedy] };
}

function whyNotThere({ tool }: Job, found: Cli | { reason: string }): string {
  return tool === cli && "reason" in found
    ? found.reason
    : `${tool.version} isn't among the engine's plugins`;
}

/** The CLI there is then, or why the vendor's download failed. */
async function download({ tool, step }: Job, have: Cli | undefined): Promise<Cli | string> {
  const started = Date.now();
  step.note("downloading");
  try {
    if (tool === cli) await downloadCli(tool);
    else if (have === undefined) return "needs the CLI first";
    else await downloadPlugin(binary(have), tool, installedPlugin(tool) !== "none");
  } catch (error) {
    return oneLine(error);
  }
  step.done(`${tool.version}, downloaded in ${seconds(started)}`);
  return have ?? downloaded();
}

async function build(jobs: readonly Left[], found: Cli | undefined, started: number): Promise<Cli> {
  const isBuilt = ({ tool }: Left): boolean => has(builtFolder(tool), tool);
  const earlier = new Set(jobs.filter(isBuilt));
  for (const { step, why } of jobs)
    step.note(`${why.at(-1) ?? "BERTH_TOOLS=build"}; building from Go modules`);
  await buildAll(jobs).catch((error: unknown) => {
    const broken = jobs.filter((job) => !isBuilt(job));
    for (const { step } of jobs.filter(isBuilt)) step.done("built, and kept for the next run");
    throw failed(broken, error);
  });
  const have = found ?? built();
  const given = jobs.map(async (job) => {
    if (job.tool !== cli)
      await installBuilt(binary(have), job.tool).catch((e: unknown) => raise(failed([job], e)));
    const how = earlier.has(job) ? "built earlier" : `built from Go modules in ${seconds(started)}`;
    job.step.done(`${job.tool.version}, ${how}`);
  });
  for (const result of await Promise.allSettled(given))
    if (result.status === "rejected") raise(result.reason);
  return have;
}

function raise(error: unknown): never {
  throw error;
}

/** Ends the steps of jobs that no way worked for, and says why of the first. */
function failed(jobs: readonly Left[], build?: unknown): Error {
  const whole = jobs.map((job) =>
    (build === undefined ? job.why : [...job.why, `build: ${oneLine(build)}`]).join("; "),
  );
  jobs.forEach(({ step }, index) => {
    step.fail(whole[index] ?? "");
  });
  return new Error(`${jobs[0]?.tool.title}: no way to get it worked, ${whole[0]}`);
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().split("\n")[0] ?? "";
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1_000)} s`;
}
