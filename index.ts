import { findHost } from "./hosts.ts";
import type { Outputs } from "./outputs.ts";
import { readSettings } from "./settings.ts";
import { buildStack } from "./stack.ts";

/** The program: settings → host → system → outputs. */
export default async function berth(): Promise<Outputs> {
  const settings = readSettings();
  return buildStack(settings, await findHost(settings));
}
