import type * as z from "zod";
import { PlainError } from "./plainError.ts";

/** Everything that is wrong with the settings, a line each: `path: rule, got value`. */
export class SettingsError extends PlainError {
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "SettingsError";
  }
}

/** What a schema found wrong with a value, in a person's words. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], value: unknown): string[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => `${[...path, key].join(".")}: unknown key${knownKeys(issue)}`);
    }
    if (issue.code === "invalid_key") {
      return issue.issues.map((inner) => `${path.join(".")}: ${inner.message}`);
    }
    const got = isSecret(issue) ? "something else" : show(valueAt(value, issue.path));
    return [`${path.join(".")}: ${issue.message}, got ${got}`];
  });
}

/** Whether the value may hold a password, which no error shows. */
function isSecret(issue: z.core.$ZodIssue): boolean {
  return issue.code === "custom" && issue.params?.secret === true;
}

function knownKeys(issue: { message: string }): string {
  return issue.message.startsWith("known") ? `; ${issue.message}` : "";
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[String(key)] : undefined), value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A value in an error: as JSON, cut short. */
export function show(value: unknown): string {
  const shown = value === undefined ? "nothing" : (asJson(value) ?? `a ${typeof value}`);
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}

/** Nothing for what JSON can't say, such as a function. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
