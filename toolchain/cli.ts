import { mkdir, rm, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import { builtFolder, downloadedFolder, has, toolsFolder } from "./cache.ts";
import { onPath } from "./env.ts";
import { type Tool, cli, oldestCli } from "./tools.ts";
import { type Way, whyNotCli } from "./ways.ts";

/** A CLI that is on the machine: the folder above its `bin`, and how it came. */
export interface Cli {
  pulumiRoot: string;
  version: string;
  how: "path" | "download" | "built";
}

/** The CLI this machine has, by the ways allowed; else why PATH's won't do. */
export async function findCli(ways: readonly Way[]): Promise<Cli | { reason: string }> {
  const found = ways.includes("path") ? await cliOnPath() : { reason: "not on PATH" };
  if ("how" in found) return found;
  if (ways.includes("download") && has(downloadedFolder(cli), cli)) return downloaded();
  if (ways.includes("build") && has(builtFolder(cli), cli)) return built();
  return found;
}

export function downloaded(): Cli {
  return { pulumiRoot: downloadedFolder(cli), version: cli.version, how: "download" };
}

export function built(): Cli {
  return { pulumiRoot: builtFolder(cli), version: cli.version, how: "built" };
}

/** The program itself. */
export function binary(found: Cli): string {
  return join(found.pulumiRoot, cli.file);
}

async function cliOnPath(): Promise<Cli | { reason: string }> {
  const program = onPath(basename(cli.file));
  if (program === undefined) return { reason: "not on PATH" };
  const reply = await execa(program, ["version"], {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    reject: false,
    timeout: 10_000,
  });
  const reason = reply.failed ? reply.shortMessage : whyNotCli(reply.stdout, oldestCli);
  if (reason !== undefined) return { reason: `${program}: ${reason}` };
  return {
    pulumiRoot: await rootOf(program, cli),
    version: reply.stdout.trim().replace(/^v/, ""),
    how: "path",
  };
}

/** The Automation API takes a folder with `bin` in it, and not every machine keeps programs in one. */
async function rootOf(program: string, tool: Tool): Promise<string> {
  const folder = dirname(program);
  if (basename(folder) === "bin") return dirname(folder);
  const root = join(toolsFolder, "cli-on-path");
  await mkdir(join(root, "bin"), { recursive: true });
  await rm(join(root, tool.file), { force: true });
  await symlink(program, join(root, tool.file));
  return root;
}
