import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { MARK, builtFolder, downloadedFolder } from "./cache.ts";
import { onPath, pluginsFolder } from "./env.ts";
import { type PluginName, cli, plugin } from "./tools.ts";

/**
 * Every place where a tool is looked for, and what lies there, as size and time tell it: with the same look, the next
 * run takes the same tools. Nothing is started for it, which takes a tenth of the time that asking versions does.
 */
export function lookOfTools(plugins: readonly PluginName[]): Record<string, Record<string, string>> {
  const name = basename(cli.file);
  const looks = {
    [cli.title]: {
      "PATH's": lookOf(onPath(name)),
      download: lookOf(join(downloadedFolder(cli), cli.file)),
      build: lookOf(join(builtFolder(cli), cli.file)),
    },
  };
  const pluginLooks = plugins.map(plugin).map((tool) => {
    const folder = join(pluginsFolder(), `resource-${tool.name}-v${tool.version}`);
    const mark = join(folder, MARK);
    return [
      tool.title,
      {
        version: tool.version,
        "PATH's": lookOf(onPath(tool.file)),
        "engine's": lookOf(join(folder, tool.file)),
        build: existsSync(mark) ? readFileSync(mark, "utf8").trim() : "none",
        unfinished: lookOf(`${folder}.partial`),
      },
    ] as const;
  });
  return { ...looks, ...Object.fromEntries(pluginLooks) };
}

function lookOf(file: string | undefined): string {
  const found = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  return found ? `${file} ${found.size} ${found.mtimeMs}` : "none";
}
