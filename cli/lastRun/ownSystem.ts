import { createHash } from "node:crypto";
import { basename } from "node:path";
import { bundledText } from "../../systems/bundle.ts";
import { digest, type Facts } from "./facts.ts";

/** What the language brings and what is the same wherever and whenever it is asked. */
const constant = new Set(
  [
    "Object Function Array Number Boolean String Symbol BigInt RegExp Map Set WeakMap WeakSet JSON Math Promise Proxy",
    "Reflect Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError Infinity NaN",
    "undefined parseFloat parseInt isFinite isNaN encodeURI encodeURIComponent decodeURI decodeURIComponent escape",
    "unescape ArrayBuffer DataView Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float32Array",
    "Float64Array Uint8ClampedArray BigUint64Array BigInt64Array URL URLSearchParams TextEncoder TextDecoder atob btoa",
    "structuredClone console",
  ].flatMap((line) => line.split(" ")),
);

/** What makes a definition more than its text: the time, chance, the machine, the network, the user's language. */
const varying = [
  ...Object.getOwnPropertyNames(globalThis).filter(
    (name) => /^[A-Za-z]\w*$/.test(name) && !constant.has(name),
  ),
  ...[
    "require",
    "__dirname",
    "__filename",
    "arguments",
    "random",
    "stack",
    "localeCompare",
    "toLocaleString",
  ],
  ...["toLocaleDateString", "toLocaleTimeString", "toLocaleLowerCase", "toLocaleUpperCase"],
  // Ways to a global object, or to a function of one, without its name.
  ...["constructor", "caller", "callee", "getPrototypeOf", "__proto__", "getOwnPropertyNames"],
  ...["getOwnPropertyDescriptor", "getOwnPropertyDescriptors", "ownKeys"],
];
const varies = new RegExp(
  String.raw`\b(?:${[...new Set(varying)].join("|")})\b|\bimport(?=\s*\()|\bMath(?=\s*(?:\?\.)?\[)`,
);

/**
 * What a system's file and all that it imports of its own come down to. Throws an error with the reason where its text
 * alone doesn't decide what it defines.
 */
export async function ownSystemFacts(file: string): Promise<Facts> {
  const name = basename(file);
  const { text, imports } = await bundledText(file);
  const foreign = imports.find((one) => one !== "berth/system");
  if (foreign !== undefined) throw new Error(`${name} imports "${foreign}", which may change by itself`);
  const [word] = varies.exec(text) ?? [];
  if (word !== undefined) throw new Error(`${name} says "${word}", which may be another each time`);
  return { [file]: { [digest]: createHash("sha256").update(text).digest("hex") } };
}
