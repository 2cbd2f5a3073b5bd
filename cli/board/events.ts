import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { containerType, logicalName, ownerOf, serviceType } from "../state/checkpoint.ts";

/** What the engine does with one resource, as far as a person who watches cares. */
export interface Change {
  kind: "begin" | "end" | "fail";
  op: string;
  urn: string;
  type: string;
  name: string;
  /** Absent for what belongs to no service: providers, components. */
  service?: string;
  role?: string;
  hash?: string;
  /** Of a one-shot container that has ended. */
  exitCode?: number;
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

/** The change an engine event tells of, if it tells of one. */
export function changeOf(event: EngineEvent): Change | undefined {
  if (event.resourcePreEvent) return change("begin", event.resourcePreEvent.metadata);
  if (event.resOutputsEvent) return change("end", event.resOutputsEvent.metadata);
  if (event.resOpFailedEvent) return change("fail", event.resOpFailedEvent.metadata);
  return undefined;
}

function change(kind: Change["kind"], { op, urn, type, old, new: next }: Metadata): Change {
  const { service, role, hash } = ownerOf((next ?? old)?.inputs);
  const ended: unknown = kind === "end" && role === "job" ? next?.outputs.exitCode : undefined;
  const exitCode = typeof ended === "number" ? ended : undefined;
  return { kind, op, urn, type, name: logicalName(urn), service, role, hash, exitCode };
}

/**
 * Steps that make containers; a replacement shows up as `replace` too, which does nothing by itself. A swarm's service
 * gets new ones by an update, which takes the old ones away as well.
 */
export function creates({ op, type }: Change): boolean {
  if (type === serviceType && op === "update") return true;
  return isOfContainers(type) && ["create", "create-replacement"].includes(op);
}

export function deletes({ op, type }: Change): boolean {
  return isOfContainers(type) && ["delete", "delete-replaced", "discard-replaced"].includes(op);
}

function isOfContainers(type: string): boolean {
  return type === containerType || type === serviceType;
}

/** What the engine or the program says, without the engine's ornaments. Empty for what isn't meant for people. */
export interface Message {
  severity: "warning" | "error";
  urn?: string;
  text: string;
}

export function messageOf({ diagnosticEvent: event }: EngineEvent): Message | undefined {
  if (event === undefined || event.ephemeral) return undefined;
  const severity = event.severity === "error" || event.severity === "warning" ? event.severity : undefined;
  const text = plainMessage(event.message);
  return severity && text !== ""
    ? { severity, urn: event.urn === "" ? undefined : event.urn, text }
    : undefined;
}

/** Ornaments of the engine, its SDK, and the bridge to Terraform's provider around somebody's own words. */
const ornaments = [
  /^(?:error: )?Unhandled exception: (?:\w*Error: )?/g,
  /error serializing property "[^"]*": /g,
  ...(process.env.BERTH_DEBUG ? [] : [/^\s+at (?:.+ \(.+\)|.+:\d+:\d+)$/gm]),
  /<\{%[^%]*%\}>/g,
  /sdk-v2\/provider2\.go:\d+: sdk\.helper_schema: /g,
  /: provider=docker@[\w.+-]+/g,
  /^\s*error: /gm,
  /\d+ errors? occurred:\s*/g,
  /^\s*\* /gm,
];

export function plainMessage(message: string): string {
  const text = ornaments.reduce((rest, ornament) => rest.replace(ornament, ""), message).trim();
  const lines = text.split("\n").map((line) => line.trimEnd());
  return lines.filter((line, index) => line !== "" && line !== lines[index - 1]).join("\n");
}
