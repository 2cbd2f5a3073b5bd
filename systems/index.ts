import { arv } from "./arv.ts";
import { attn } from "./attn.ts";
import type { SystemDefinition } from "./define.ts";
import { docsai } from "./docsai.ts";
import { loc8 } from "./loc8.ts";
import { vru } from "./vru.ts";

/** The systems that Berth brings; one of somebody's own is a file anywhere. */
export const systems = { attn, loc8, arv, docsai, vru } as const satisfies Record<string, SystemDefinition>;

export type SystemName = keyof typeof systems;

/** The one that a stack runs which names none. */
export const defaultSystem: SystemName = "attn";

export const systemNames = Object.keys(systems) as readonly SystemName[];

/** The system of this name; nothing for one of somebody's own. */
export function systemNamed(name: unknown): SystemDefinition | undefined {
  return systemNames.some((known) => known === name) ? systems[name as SystemName] : undefined;
}
