import { defaultKind } from "../components/hosts/defaultKind.ts";
import type { Kind, Written } from "../components/hosts/kind.ts";
import { kindNamed } from "../components/hosts/registry.ts";
import { isMap } from "./overrides.ts";

/** The kind of a host as settings name it; undefined for one that nobody knows. */
export function kindOf(host: unknown): Kind | undefined {
  const { kind = defaultKind } = written(host);
  return kindNamed(kind);
}

/** Plugins of the engine that its machines need; where nobody knows the kind, the engine gets a vendor's by itself. */
export function pluginsFor(host: unknown): Kind["plugins"] {
  return kindOf(host)?.plugins ?? ["command"];
}

/** A host's settings as far as they are settings at all. */
export function written(host: unknown): Written {
  return isMap(host) ? host : {};
}
