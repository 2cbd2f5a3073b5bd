import { findHost } from "./stack/hosts.ts";
import type { Outputs } from "./stack/outputs.ts";
import { readSettings } from "./settings.ts";
import { buildStack } from "./stack/stack.ts";

/** The program: settings → host → system → outputs. */
export default async function berth(): Promise<Outputs> {
  const settings = await readSettings();
  return buildStack(settings, await findHost(settings));
}
