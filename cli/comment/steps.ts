import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { plainMessage } from "../board/events.ts";
import { reckoned } from "../../components/hosts/reckon.ts";
import type { Rented } from "../../components/hosts/cost.ts";
import { isMap } from "../overrides.ts";
import { Refusal } from "../refusal.ts";
import { logicalName } from "../state/checkpoint.ts";

/** A step of a plan, from Pulumi's event log or from `pulumi preview --json`. */
export interface Step {
  op: string;
  urn: string;
  type: string;
  old?: Record<string, unknown>;
  next?: Record<string, unknown>;
  /** Top-level inputs that differ. */
  changed: readonly string[];
}

/** What a plan's comment is made of. */
export interface Plan {
  steps: Step[];
  diagnostics: { severity: string; text: string }[];
  /** What the machines cost a month in US dollars, by the prices of a day. */
  cost: { before?: number; after?: number; date?: string };
  policies: { pack: string; name: string; level: string; urn: string; text: string }[];
}

/** Reads a file of `--event-log` (an event a line) or `--json` (one document). Throws {@link Refusal}. */
export function planIn(text: string): Plan {
  const whole = parsed(text);
  if (isMap(whole) && Array.isArray(whole.steps)) return digestOf(whole);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const events = lines.map(parsed);
  if (events.length === 0 || !events.every(isMap)) {
    throw new Refusal([
      "--events: must be a file of pulumi preview --event-log or of pulumi preview --json, got something else",
    ]);
  }
  return planOf(events as unknown as EngineEvent[]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function planOf(events: readonly EngineEvent[]): Plan {
  return {
    steps: events.flatMap(({ resourcePreEvent }) => {
      if (resourcePreEvent === undefined) return [];
      const { op, urn, type, old, new: next, diffs, detailedDiff } = resourcePreEvent.metadata;
      const paths = detailedDiff ? Object.keys(detailedDiff) : (diffs ?? []);
      return [{ op, urn, type, old: old?.inputs, next: next?.inputs, changed: keysOf(paths) }];
    }),
    diagnostics: events.flatMap(({ diagnosticEvent: event }) =>
      event && !event.ephemeral ? [{ severity: event.severity, text: event.message }] : [],
    ),
    policies: events.flatMap(({ policyEvent: event }) =>
      event
        ? [
            {
              ...{ pack: event.policyPackName, name: event.policyName, level: event.enforcementLevel },
              ...{ urn: event.resourceUrn ?? "", text: event.message },
            },
          ]
        : [],
    ),
    cost: costIn(events),
  };
}

/**
 * After, by the last word on the stack: its outputs are told more than once. Before, by what the state has and the same
 * prices: its own output was reckoned by those of its day.
 */
export function costIn(
  events: readonly Pick<EngineEvent, "resOutputsEvent" | "resourcePreEvent">[],
): Plan["cost"] {
  const stack = events.findLast(({ resOutputsEvent: event }) => event?.metadata.type === stackType);
  // The engine says null of what there isn't.
  const outputs: unknown = stack?.resOutputsEvent?.metadata.new?.outputs;
  const after = isMap(outputs) ? outputs.monthlyCost : undefined;
  const { month: before, date } = reckoned(rentedIn(events)) ?? {};
  return { before, after: typeof after === "number" ? after : undefined, date };
}

/** What there was before, each once: of a replacement the engine tells three steps. */
function rentedIn(events: readonly Pick<EngineEvent, "resourcePreEvent">[]): Rented[] {
  const all = events.flatMap(({ resourcePreEvent: event }): [string, Rented][] => {
    const { urn = "", type = "", old } = event?.metadata ?? {};
    const inputs: unknown = old?.inputs;
    return isMap(inputs) ? [[urn, { name: logicalName(urn), type, inputs }]] : [];
  });
  return [...new Map(all).values()];
}

const stackType = "pulumi:pulumi:Stack";

/** `96.71 → 145.12 USD a month for machines (+48.41), …`; nothing where it stays, or one of the two isn't known. */
export function costChange({ before, after, date }: Plan["cost"]): string[] {
  if (before === undefined || after === undefined || before === after) return [];
  const difference = after - before;
  const sign = difference > 0 ? "+" : "−";
  return [
    `${before.toFixed(2)} → ${after.toFixed(2)} USD a month for machines (${sign}${Math.abs(difference).toFixed(2)}), both by prices of ${date}, managed services not counted`,
  ];
}

interface DigestStep {
  op: string;
  urn: string;
  oldState?: { type: string; inputs?: Record<string, unknown> };
  newState?: { type: string; inputs?: Record<string, unknown> };
  diffReasons?: string[];
  detailedDiff?: Record<string, unknown> | null;
}

/** The document of `--json` (pulumi/pulumi pkg/display/json.go, PreviewDigest); policies come as diagnostics there. */
function digestOf(digest: Record<string, unknown>): Plan {
  const { steps, diagnostics = [] } = digest as unknown as {
    steps: DigestStep[];
    diagnostics?: { severity?: string; message?: string }[];
  };
  return {
    steps: steps.map(({ op, urn, oldState, newState, diffReasons = [], detailedDiff }) => ({
      ...{ op, urn, type: newState?.type ?? oldState?.type ?? "" },
      ...{ old: oldState?.inputs, next: newState?.inputs },
      changed: keysOf(detailedDiff ? Object.keys(detailedDiff) : diffReasons),
    })),
    diagnostics: diagnostics.map(({ severity = "", message = "" }) => ({ severity, text: message })),
    policies: [],
    // Of the stack's new outputs the document has none.
    cost: {},
  };
}

/** What a machine costs, where the program says it; it does so in a preview, as a line of information. */
export function costLines({ diagnosticEvent: event }: Pick<EngineEvent, "diagnosticEvent">): string[] {
  const text = event?.severity.startsWith("info") ? plainMessage(event.message) : "";
  return isCost(text) ? [text] : [];
}

export function isCost(text: string): boolean {
  return /^hosts?[.\w-]*\.cost: /.test(text);
}

/** `labels[3].value` is of `labels`. */
function keysOf(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => /^[^.[]+/.exec(path)?.[0] ?? path))].sort();
}
