import type { Scope } from "../../components/containers/scope.ts";
import type { ManagedServices } from "../../components/managed/managed.ts";
import { PlainError } from "../../lib/plainError.ts";

/** What the host's vendor runs. Settings have been checked for it. */
export function vendor(name: string, { host }: Scope): ManagedServices {
  if (host.managed !== undefined) return host.managed;
  throw new PlainError(`external.${name}: must be a URL on host kind ${host.kind}, got "managed"`);
}
