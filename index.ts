import { findHost } from "./stack/hosts.ts";
import type { Outputs } from "./stack/outputs.ts";
import { readSettings, type Path } from "./settings.ts";
import { buildStack } from "./stack/stack.ts";
import { withStored } from "./stack/storedSecrets.ts";

/**
 * The program: settings, and what stores keep of them → host → system → outputs. Relative paths in the settings begin at
 * `folder`; `sealed` is where the stack's file is encrypted, where whoever runs it has read that.
 */
export default async function berth(folder?: string, sealed?: readonly Path[]): Promise<Outputs> {
  const settings = await withStored(await readSettings(folder, sealed));
  return buildStack(settings, await findHost(settings));
}
