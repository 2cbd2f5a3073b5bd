import { sourceHash } from "./cache.ts";
import { type Cli, findCli } from "./cli.ts";
import { obtain } from "./obtain.ts";
import { installedPlugin } from "./plugins.ts";
import type { Progress } from "./progress.ts";
import { type PluginName, type Tool, cli, plugin } from "./tools.ts";
import { pluginServes, waysToTry } from "./ways.ts";

export { ensureDocker } from "./docker.ts";
export type { PluginName } from "./tools.ts";
export type Tools = Cli;

const CAME: Record<Cli["how"], string> = {
  path: "on PATH",
  download: "downloaded earlier",
  built: "built earlier",
};

/**
 * Has the Pulumi CLI and the plugins on this machine: those it has, else the vendor's, else built from Go modules.
 * BERTH_TOOLS=path|download|build allows one way only. Takes a quarter of a second when nothing is missing.
 *
 * @returns `pulumiRoot` for `PulumiCommand.get({ root })`
 * @throws when every way failed, with the reason of each
 */
export async function ensureTools(
  progress: Progress,
  options: { plugins?: PluginName[] } = {},
): Promise<Tools> {
  const ways = waysToTry(process.env.BERTH_TOOLS);
  const wanted = [cli, ...(options.plugins ?? ["docker", "random"]).map((name) => plugin(name))];
  const jobs = wanted.map((tool) => ({ tool, step: progress.step(tool.title) }));
  const found = await findCli(ways);
  const missing = jobs.filter(({ tool, step }) => {
    const present = tool === cli ? cliPresent(found) : pluginPresent(tool, ways);
    if (present !== undefined) step.skip(present);
    return present === undefined;
  });
  return await obtain(missing, ways, found);
}

function cliPresent(found: Awaited<ReturnType<typeof findCli>>): string | undefined {
  return "how" in found ? `${found.version}, ${CAME[found.how]}` : undefined;
}

function pluginPresent(tool: Tool, ways: ReturnType<typeof waysToTry>): string | undefined {
  const installed = installedPlugin(tool);
  const serves =
    tool.vendorOnly === true ? installed !== "none" : pluginServes(installed, ways, sourceHash(tool));
  return serves ? `${tool.version}, the engine has it` : undefined;
}
