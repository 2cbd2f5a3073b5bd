import * as z from "zod";
import { wholeNumber } from "../lib/rules.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { notRotatable, rotatable, type RotatableOf } from "./rotatable.ts";
import { applicationsOf, ownSecrets } from "./secrets.ts";

/** Each generation stays in state, so there is an end to them. */
const most = 1000;

export const rotateSchema = z.record(z.string(), wholeNumber(1, most), {
  error: "must be a map such as { postgres-password: 2 }",
});

export interface RotateGiven extends Omit<RotatableOf, "system" | "watched"> {
  rotate: Readonly<Record<string, number>>;
}

/** Every secret of the stack that can be rotated, with its counter. */
export function countersOf(
  given: RotateGiven,
  stack: { system: SystemDefinition; watched: boolean },
): Record<string, number> {
  return Object.fromEntries(rotatable({ ...given, ...stack }).map((name) => [name, given.rotate[name] ?? 1]));
}

/** Names that aren't those of secrets that the engine makes for this stack: path and rule. */
export function rotateProblems(
  given: RotateGiven,
  stack: { system: SystemDefinition; watched: boolean },
): [path: string[], rule: string][] {
  const names = rotatable({ ...given, ...stack });
  const handed = applicationsOf(stack.system).map((name) => ownSecrets(given.secrets, name));
  const elsewhere = notRotatable({ ...given, system: stack.system, handed });
  return Object.keys(given.rotate).flatMap((name): [string[], string][] => {
    if (names.includes(name)) return [];
    const kept = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
    if (kept !== undefined) return [[["rotate", name], `must be left out: ${kept}`]];
    return [[["rotate", name], `must be a secret of this stack: ${names.join(", ") || "it has none"}`]];
  });
}
