import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Why a vendor's own plugin can't judge the graph here; undefined when it can. */
export async function withoutPlugin(plugin: "gcp" | "aws"): Promise<string | undefined> {
  const folder = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
  const there = await readdir(folder).catch(() => []);
  if (there.some((name) => new RegExp(`^resource-${plugin}-v[\\d.]+$`).test(name))) return undefined;
  return `the ${plugin} plugin isn't installed; the toolchain builds docker, random and command alone, so it has to be downloaded: pulumi plugin install resource ${plugin}`;
}
