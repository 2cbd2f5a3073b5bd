import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { MARK, builtFolder } from "./cache.ts";
import { onPath, pluginsFolder } from "./env.ts";
import type { Tool } from "./tools.ts";
import type { Installed } from "./ways.ts";

/**
 * What the engine would use. Read from its plugin folder, as asking `pulumi plugin ls` costs 0.2 s; the folder's
 * layout is in pulumi/pulumi `sdk/go/common/workspace/plugins.go`. One on PATH comes first there, so it does here.
 */
export function installedPlugin(tool: Tool): Installed {
  if (onPath(tool.file) !== undefined) return "vendor";
  const name = `resource-${tool.name}-v${tool.version}`;
  const folder = join(pluginsFolder(), name);
  if (!existsSync(join(folder, tool.file)) || existsSync(`${folder}.partial`)) return "none";
  const mark = join(folder, MARK);
  return existsSync(mark) ? { built: readFileSync(mark, "utf8").trim() } : "vendor";
}

/** Gives the engine a plugin of ours as if it had got it itself; replaces what is there. */
export async function installBuilt(pulumi: string, tool: Tool): Promise<void> {
  const args = [
    "plugin",
    "install",
    "resource",
    tool.name,
    tool.version,
    "--file",
    builtFolder(tool),
    "--reinstall",
  ];
  await execa(pulumi, [...args, "--non-interactive"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
}
