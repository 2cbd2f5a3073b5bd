import { isAlias, isMap, isScalar, parse, parseDocument, visit, type Document } from "yaml";
import { Refusal } from "../refusal.ts";

/** A stack file's text, as a tree that keeps how everything in it is written. Throws {@link Refusal}. */
export function documentOf(text: string, name: string): Document {
  const document = parseDocument(text, { schema: "failsafe" });
  const [error] = document.errors;
  if (error !== undefined) {
    throw notYaml(name, error);
  }
  return document;
}

/** What is wrong and where, and nothing of what stands there: a password may begin like an alias or a tag. */
export function notYaml(name: string, error: unknown): Refusal {
  const [line = ""] = error instanceof Error ? error.message.split("\n") : [];
  const reason = line.replace(/: .*?(?= at line \d+, column \d+:$|$)/, "").replace(/:$/, "");
  return new Refusal([`${name}: must be YAML, got ${reason === "" ? "something else" : reason}`]);
}

/** The text of a stack file that was changed. Long values stay on their line. */
export function textOf(document: Document): string {
  return document.toString({ lineWidth: 0 });
}

/** What it holds, as far as every reader of YAML reads the same in it; a warning would show the line that it is of. */
export function contentOf(text: string): unknown {
  return parse(text, { logLevel: "error" });
}

/** Everything in it that is encrypted, as the engine wrote it. */
export function sealedIn(document: Document): string[] {
  const found: string[] = [];
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === "secure" && isScalar(value)) found.push(String(value.value));
    },
  });
  return found;
}

/**
 * Whether the engine may read something in it otherwise than we do: what isn't in quotes and no plain word, number,
 * flag or path means a date, an octal number or nothing to one reader and text to another. The engine reads YAML by
 * gopkg.in/yaml.v3, a mix of YAML 1.1 and 1.2.
 */
export function isOdd(document: Document): boolean {
  let odd = false as boolean;
  visit(document, {
    Node(_, node) {
      odd ||= isAlias(node) || node.anchor !== undefined || (node.tag ?? "!") !== "!";
    },
    Scalar(key, node) {
      if (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE") return;
      odd ||= node.type !== "PLAIN" || !isPlain(String(node.value), key === "key");
    },
    Pair(_, pair) {
      odd ||= !isScalar(pair.key);
    },
  });
  return odd || (document.contents !== null && !isMap(document.contents));
}

/** Words that one version of YAML or another takes for a flag, for nothing or for a number. */
const words = /^(?:y|n|yes|no|on|off|null|true|false|inf|nan)$/i;

function isPlain(text: string, isKey: boolean): boolean {
  if (/^(?:true|false)$/.test(text)) return !isKey;
  if (/^(?!-0$)-?(?:0|[1-9]\d{0,14})(?:\.\d*[1-9])?$/.test(text)) return !isKey;
  return /^(?:[A-Za-z_]|\.{0,2}\/)[^\n]*$/.test(text) && !words.test(text);
}
