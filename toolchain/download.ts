import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import semver from "semver";
import { downloadedFolder, has, publish } from "./cache.ts";
import { variable } from "./env.ts";
import { ask, reasonIn } from "./registry/http.ts";
import type { Tool } from "./tools.ts";

/** Serves the CLI and, for plugins that GitHub doesn't yield, those too. */
const VENDOR = "get.pulumi.com";
const CONNECT_MS = 3_000;
const PROXY_MS = 8_000;
const CLI_MS = 600_000;
const PLUGIN_MS = 300_000;

/** Why the vendor can't be reached from here, in a few words, or undefined. Takes 3 s at the most, by a proxy 8. */
export async function whyNoVendor(host = VENDOR, port = 443): Promise<string | undefined> {
  if ((variable("HTTPS_PROXY") ?? variable("https_proxy")) !== undefined) return await whyNotProxied(host);
  return await new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const answer = (reason: string | undefined): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(reason);
    };
    const late = setTimeout(() => {
      answer(unreachable(host, "no answer"));
    }, CONNECT_MS);
    socket.on("connect", () => {
      answer(undefined);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      answer(unreachable(host, error.code ?? error.message));
    });
  });
}

/** The same where a proxy is between; any answer is one. */
async function whyNotProxied(host: string): Promise<string | undefined> {
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, PROXY_MS, "no answer").unref();
  });
  const answer = ask(`https://${host}/`, { method: "HEAD" }).then(
    () => undefined,
    (error: unknown) => reasonIn(error),
  );
  const reason = await Promise.race([answer, late]);
  return reason === undefined ? undefined : unreachable(host, reason);
}

/** What stopped a connection, in words. */
export function unreachable(host: string, code: string): string {
  const words: Record<string, string> = {
    ENOTFOUND: "its name isn't known here",
    EAI_AGAIN: "no name server answers",
    ECONNREFUSED: "the connection is refused",
    ENETUNREACH: "there is no way to its network",
    EHOSTUNREACH: "there is no way to it",
  };
  return `${host} can't be reached, ${words[code] ?? code}`;
}

/** Gets the vendor's CLI with the Automation API's own installer. */
export async function downloadCli(tool: Tool): Promise<string> {
  const folder = downloadedFolder(tool);
  if (has(folder, tool)) return folder;
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
  const version = new semver.SemVer(tool.version);
  await publish(folder, tool, async (draft) => {
    await withDeadline(CLI_MS, PulumiCommand.install({ root: draft, version, skipVersionCheck: true }));
  });
  return folder;
}

/** Has the CLI get one plugin from the vendor. */
export async function downloadPlugin(pulumi: string, tool: Tool, again: boolean): Promise<void> {
  const args = ["plugin", "install", "resource", tool.name, tool.version, "--exact", "--non-interactive"];
  const run = await execa(pulumi, [...args, ...(again ? ["--reinstall"] : [])], {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    reject: false,
    timeout: PLUGIN_MS,
  });
  if (run.failed) throw new Error(firstError(run.stderr) ?? run.shortMessage);
}

/** The line that says why, among those that say what was tried. */
export function firstError(text: string): string | undefined {
  const line = text.split("\n").find((one) => one.startsWith("error: "));
  return line?.slice("error: ".length);
}

async function withDeadline<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = sleep(ms, undefined, { ref: false }).then((): never => {
    throw new Error(`took longer than ${ms / 1_000} s`);
  });
  return await Promise.race([work, late]);
}
