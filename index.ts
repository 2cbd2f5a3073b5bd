import { findHost } from "./stack/hosts.ts";
import type { Outputs } from "./stack/outputs.ts";
import { readSettings } from "./settings.ts";
import { buildStack } from "./stack/stack.ts";
import { withStored } from "./stack/storedSecrets.ts";

/** The program: settings, and what stores keep of them → host → system → outputs. Relative paths in the settings begin at `folder`. */
export default async function berth(folder?: string): Promise<Outputs> {
  const settings = await withStored(await readSettings(folder));
  return buildStack(settings, await findHost(settings));
}
