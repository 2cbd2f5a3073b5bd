import semver from "semver";

/** How a tool can get onto a machine, in the order they are tried. */
export const WAYS = ["path", "download", "build"] as const;
export type Way = (typeof WAYS)[number];

/**
 * The ways to try. Empty means all of them.
 *
 * @param forced what BERTH_TOOLS holds
 * @throws when it isn't a way
 */
export function waysToTry(forced: string | undefined): readonly Way[] {
  if (forced === undefined || forced === "") return WAYS;
  const way = WAYS.find((known) => known === forced);
  if (way === undefined)
    throw new Error(`BERTH_TOOLS: must be "path", "download" or "build", got "${forced}"`);
  return [way];
}

/** Why a CLI found on PATH can't be used, or undefined. */
export function whyNotCli(printed: string, oldest: string): string | undefined {
  const version = semver.parse(printed.trim());
  if (version === null) return `its version can't be read, got "${printed.trim()}"`;
  const wanted = new semver.SemVer(oldest);
  if (version.major !== wanted.major) return `must be version ${wanted.major}, got ${version.version}`;
  // A build of one's own says 3.248.0-dev; it has what 3.248.0 has.
  if (version.compareMain(wanted) < 0) return `must be ${oldest} or newer, got ${version.version}`;
  return undefined;
}

/** What lies in the engine's plugin folder: nothing, the vendor's, or one of ours with the hash of its sources. */
export type Installed = "none" | "vendor" | { built: string };

/** Whether the engine's plugin will do. A plugin of ours won't when its sources changed since. */
export function pluginServes(installed: Installed, ways: readonly Way[], hash: string): boolean {
  if (installed === "none") return false;
  if (ways.includes("path")) return installed === "vendor" || installed.built === hash;
  if (ways.includes("download")) return installed === "vendor";
  return installed !== "vendor" && installed.built === hash;
}
