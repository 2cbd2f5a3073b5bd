import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { isMap } from "./overrides.ts";

/** What a run came to. */
export interface Summary {
  created: number;
  replaced: number;
  updated: number;
  deleted: number;
  unchanged: number;
}

export function summaryOf({ summaryEvent }: EngineEvent): Summary | undefined {
  if (summaryEvent === undefined) return undefined;
  const changes: Record<string, number | undefined> = summaryEvent.resourceChanges;
  return {
    created: changes.create ?? 0,
    replaced: changes.replace ?? changes["create-replacement"] ?? 0,
    updated: changes.update ?? 0,
    deleted: changes.delete ?? 0,
    unchanged: changes.same ?? 0,
  };
}

/** The stack's outputs, which come with the last event about the stack itself. */
export function outputsIn({ resOutputsEvent }: EngineEvent): Record<string, unknown> | undefined {
  const metadata = resOutputsEvent?.metadata;
  return metadata?.type === "pulumi:pulumi:Stack" ? metadata.new?.outputs : undefined;
}

/** `2 replaced, 40 unchanged`. */
export function summaryText(summary: Summary): string {
  const parts = Object.entries(summary).filter(([, number]: [string, number]) => number > 0);
  return parts.map(([what, number]: [string, number]) => `${number} ${what}`).join(", ");
}

export function isQuiet({ created, replaced, updated, deleted }: Summary): boolean {
  return created + replaced + updated + deleted === 0;
}

/** What a run with the same outcome comes to when all of it is there already. */
export function unchanged({ created, replaced, updated, unchanged: same }: Summary): Summary {
  const all = created + replaced + updated + same;
  return { created: 0, replaced: 0, updated: 0, deleted: 0, unchanged: all };
}

/** Pages by name, from the outputs' contract. */
export function urlsOf(outputs: Record<string, unknown>): [string, string][] {
  const urls = outputs.urls;
  return isMap(urls) ? Object.entries(urls).map(([name, url]) => [name, String(url)]) : [];
}
