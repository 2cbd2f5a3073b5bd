import { join } from "node:path";
import { removeLabelled } from "../test/tools/docker.ts";
import { measure } from "./measure.ts";

const root = join(import.meta.dirname, "..");

/** Seconds of a system's first `up`, of one with nothing to do, and of a preview; images present. */
export async function other(system: string, folder: string): Promise<[number, number, number]> {
  const data = { XDG_DATA_HOME: folder };
  const stack = `bench-${system}`;
  const berth = (...args: string[]) =>
    measure("node", [join(root, "cli/berth.mjs"), ...args, "--stack", stack], data);
  const settings = ["-c", "host.kind=local", "-c", "host.port=18481"];
  // On a machine with less memory than a system wants, its limits are scaled; a warning says so.
  try {
    const first = await berth("up", system, ...settings);
    const nothing = await berth("up", system, ...settings);
    const preview = await berth("preview", system, ...settings);
    return [first.seconds, nothing.seconds, preview.seconds];
  } finally {
    await berth("destroy", "--data", "--yes", ...settings).catch(() => undefined);
    await removeLabelled(`berth.stack=${stack}`);
  }
}
