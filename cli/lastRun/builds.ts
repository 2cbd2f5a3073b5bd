import type { StackFile } from "../project.ts";
import { isMap, settingsOf } from "../overrides.ts";
import { checkSettings } from "../preflight/settings.ts";
import type { Facts } from "./facts.ts";

/** What images are made of that settings have built of source: costs nothing where there are none. */
export async function buildFacts(stack: Pick<StackFile, "config" | "secretKeys">): Promise<Facts> {
  const { images } = settingsOf(stack.config);
  if (!isMap(images) || !Object.values(images).some(isMap)) return {};
  const { settings } = await checkSettings(stack);
  // What can't be read isn't as the last run left it, whatever that was.
  if (settings === undefined) return { sources: { unreadable: String(Date.now()) } };
  const built = Object.entries(settings.sources);
  return Object.fromEntries(
    built.map(([service, { reference }]) => [`source of ${service}`, { image: reference }]),
  );
}
