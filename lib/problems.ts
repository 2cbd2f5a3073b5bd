import type * as z from "zod";
import { PlainError } from "./plainError.ts";

/** Everything that is wrong with the settings, a line each: `path: rule, got value`. */
export class SettingsError extends PlainError {
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "SettingsError";
  }
}

/** What no error shows: all below a key of the config, and what a schema says of a path and the value there. */
export interface Hidden {
  /** @default none */
  secretKeys?: readonly string[];
  /** @default nothing */
  isHidden?: (path: readonly string[], value: unknown) => boolean;
}

/** What a schema found wrong with a value, in a person's words. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  { secretKeys = [], isHidden = () => false }: Hidden = {},
): string[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const place = path.map(showKey).join(".");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map(
        (key) => `${[...path, key].map(showKey).join(".")}: unknown key${knownKeys(issue)}`,
      );
    }
    if (issue.code === "invalid_key") {
      return issue.issues.map((inner) => `${place}: ${inner.message}`);
    }
    const own = gotOf(issue);
    const found = own ?? valueAt(value, issue.path);
    // What has the name of a secret there is a counter, and anything else somebody's password.
    const counter = path[0] === "rotate" && path.length > 1;
    const sounds = counter ? typeof found !== "number" : path.some(soundsSecret);
    // What a rule tells of a value in its own words isn't that value.
    const hidden = secretKeys.includes(path[0] ?? "") || (own === undefined && isHidden(path, found));
    // That there is nothing in it is no secret.
    const kept = found !== undefined && found !== "" && (hidden || sounds);
    const got = kept ? "something else" : show(found);
    return [`${place}: ${issue.message}, got ${got}`];
  });
}

/** The part of the value that is wrong, where the rest may be right. */
function gotOf(issue: z.core.$ZodIssue): unknown {
  return issue.code === "custom" ? issue.params?.got : undefined;
}

/** Whether a key's name says that what it holds is for nobody to see; `secretsInEnvironment` is a yes or no. */
export function soundsSecret(key: string): boolean {
  return (
    key !== "secretsInEnvironment" &&
    /pass(?:word|phrase|wd)?$|secret|token|credential|(?:api|access|private|secret)[_-]?key$/i.test(key)
  );
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

/** A key in an error: as it is, unless it would break the line, hide what follows or fill the screen. */
export function showKey(key: string): string {
  const plain = key !== "" && key.length <= 253 && key.trim() === key && visible(key) === key;
  return plain ? key : short(visible(JSON.stringify(key)));
}

/** Characters that a terminal obeys or doesn't show, such as ESC or those that turn the direction, as JSON escapes them. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (found) => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A value in an error: as JSON, cut short, without passwords as far as names and URLs tell them. */
export function show(value: unknown): string {
  const json = value === undefined ? "nothing" : (asJson(value) ?? `a ${typeof value}`);
  const shown = json
    .replace(/:\/\/[^\s/"]*@/g, "://…@")
    .replace(/\b(\w+)=[^\s",]+/g, (pair, name: string) => (soundsSecret(name) ? `${name}=…` : pair));
  return short(visible(shown));
}

/** Nothing for what JSON can't say, such as a function. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (key, inner: unknown) => (soundsSecret(key) ? "…" : inner));
  } catch {
    return undefined;
  }
}
