import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { differenceLines, differencesAt, type Difference } from "./differences.ts";
import type { Output } from "./output.ts";
import { logicalName } from "./state/checkpoint.ts";

/** A change the engine would make. */
export interface Planned {
  op: string;
  name: string;
  type: string;
  urn: string;
  /** Inputs that differ, with their values where they are known and no secrets. */
  differences: Difference[];
}

/** Steps that say the same twice: a replacement is also a creation and a deletion. */
const silentOps = ["same", "create-replacement", "delete-replaced", "read", "refresh", "discard-replaced"];

export function plannedChange({ resourcePreEvent }: EngineEvent): Planned | undefined {
  const metadata = resourcePreEvent?.metadata;
  if (metadata === undefined || silentOps.includes(metadata.op)) return undefined;
  const { op, urn, type, detailedDiff, diffs = [], old, new: next } = metadata;
  const paths = ["create", "delete"].includes(op) ? [] : detailedDiff ? Object.keys(detailedDiff) : diffs;
  return {
    op,
    name: logicalName(urn),
    type: type.slice(type.lastIndexOf(":") + 1),
    urn,
    differences: differencesAt(old?.inputs, next?.inputs, paths),
  };
}

const signs: Record<string, string> = { create: "+", delete: "-", update: "~", replace: "±" };

/** One line a change, and with `diff` one more a difference. */
export function sayPlanned(planned: readonly Planned[], output: Output, diff: boolean): void {
  const { green, red, yellow, dim } = output.colour;
  const paints: Record<string, (text: string) => string> = { create: green, delete: red };
  for (const { op, name, type, differences } of planned) {
    const paths = differences.map(({ path }) => path).join(", ");
    const because = paths !== "" && !diff ? dim(`  (${paths})`) : "";
    output.say(
      `${(paints[op] ?? yellow)(`${signs[op] ?? "?"} ${op.padEnd(8)} ${name}`)} ${dim(type)}${because}`,
    );
    const lines = diff ? differences.flatMap(differenceLines) : [];
    for (const line of lines) output.say(`    ${line}`);
  }
}
