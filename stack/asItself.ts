import { parseReference } from "../lib/reference.ts";
import type { Settings } from "../settings.ts";

/**
 * Whether a machine pulls an image with an identity of its own: one of its vendor's registries, for which settings name
 * no login.
 */
export function asItself(
  { hostKind, logins }: Pick<Settings, "hostKind" | "logins">,
  image: string,
): boolean {
  if (hostKind.machineLogin?.reads(image) !== true) return false;
  return logins[parseReference(image).registry] === undefined;
}
