import * as pulumi from "@pulumi/pulumi";
import type { ManagedDatabaseArgs, ManagedServices } from "../../components/managed/managed.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { ExternalPostgres } from "../postgres/external.ts";
import { ExternalStore } from "../objectStore/external.ts";
import type { Linkable } from "../application/link.ts";
import { PlainError } from "../../lib/plainError.ts";

export interface OutsideArgs {
  scope: Scope;
  /** `managed`, or the URL of what somebody else runs; checked. */
  external: string | undefined;
}

/** A database that is no container: the host's vendor's, or one at a URL. */
export function outsidePostgres(
  name: string,
  { scope, external = "", ...wanted }: OutsideArgs & ManagedDatabaseArgs,
  opts: pulumi.ComponentResourceOptions,
): Linkable & { parts(): Linkable } {
  return external === "managed"
    ? vendor(name, scope).postgres(name, wanted, opts)
    : new ExternalPostgres(external);
}

/** A bucket that is no container: the host's vendor's, or one at a URL. */
export function outsideStore(
  name: string,
  { scope, external = "" }: OutsideArgs,
  opts: pulumi.ComponentResourceOptions,
): Linkable {
  return external === "managed" ? vendor(name, scope).bucket(name, opts) : new ExternalStore(external);
}

/** Settings have been checked for it. */
function vendor(name: string, { host }: Scope): ManagedServices {
  if (host.managed !== undefined) return host.managed;
  throw new PlainError(`external.${name}: must be a URL on host kind ${host.kind}, got "managed"`);
}
