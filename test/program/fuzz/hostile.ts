import fc from "fast-check";
import { marker } from "./pool.ts";

type Map = Record<string, unknown>;

/** Where of a config something is changed, and into what. */
export interface Change {
  /** Which of all its places, counted around. */
  place: number;
  /** In the place of what is there, or beside it under this name. */
  key?: string | undefined;
  /** What is there keeps its value, under a name that is nearly the one it has: which of those. */
  typo?: number | undefined;
  value: unknown;
}

const keys = [
  "__proto__",
  "constructor",
  "toString",
  "",
  " ",
  "a.b",
  "é",
  "two\nlines",
  "\u001b[2J",
  "x".repeat(5000),
];

/** Names that somebody types for another. */
const typos: readonly ((name: string) => string)[] = [
  (name) => name.slice(0, -1),
  (name) => `${name}s`,
  (name) => `${name} `,
  (name) => name.toUpperCase(),
  (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  (name) => name.replaceAll("-", "_"),
  (name) => name.slice(1, 2) + name.slice(0, 1) + name.slice(2),
  (name) => `berth:${name}`,
];

const texts = [
  ...[
    "",
    " ",
    "1",
    "-0",
    "1e3",
    "0x10",
    "true",
    "null",
    "[]",
    "{}",
    "NaN",
    "\u0000",
    "é\u202e日本",
    "\u001b[31m",
  ],
  ...[
    '"',
    "'",
    ";",
    "}",
    "\n",
    "\r\n",
    "\\",
    "$host",
    "${x}",
    "$(reboot)",
    "`reboot`",
    "; } server { listen 81;",
  ],
  ...[
    "'; DROP TABLE users; --",
    "../../etc/passwd",
    "/../..",
    "-v",
    "--help",
    "a".repeat(70_000),
    "/".repeat(5000),
  ],
];

const numbers = [0, -1, 1.5, -0, 1e21, 5e-324, 2 ** 53, 70_000, 4_294_967_296];

const leaf = fc.oneof(
  fc.constantFrom(...texts, ...numbers, null, true, false),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const value = fc.oneof(
  { weight: 4, arbitrary: leaf },
  { weight: 1, arbitrary: fc.array(leaf, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...keys, "name", "kind"), leaf, { maxKeys: 3 }) },
);

/** A few values that somebody types, or means badly; half of the configs have none. */
export const changes: fc.Arbitrary<Change[]> = fc.oneof(fc.constant<Change[]>([]), some());

function some() {
  return fc.array(
    fc.record(
      {
        place: fc.nat(10_000),
        key: fc.constantFrom(...keys),
        typo: fc.oneof(fc.constant(undefined), fc.constant(undefined), fc.nat(typos.length - 1)),
        value,
      },
      { requiredKeys: ["place", "value"] },
    ),
    { minLength: 1, maxLength: 3 },
  );
}

/** The config with those changes; what is put where a secret belongs is a secret too. */
export function changed(config: Map, all: readonly Change[], isSecret: (path: string[]) => boolean): Map {
  const result = structuredClone(config);
  for (const { place, key, typo, value: wanted } of all) {
    const places = placesIn(result);
    const [holder, name, path] = places[place % places.length] ?? [result, "system", ["system"]];
    const inside = holder[name];
    if (typo !== undefined && !Array.isArray(holder)) {
      // Of the same value, which may be a secret.
      const near = typos[typo]?.(name) ?? name;
      if (Reflect.deleteProperty(holder, name))
        define(holder, near, isSecret(path) ? marked(inside) : inside);
      continue;
    }
    const below = key !== undefined && isMap(inside) ? inside : undefined;
    const whole = below === undefined ? path : [...path, key ?? ""];
    define(below ?? holder, (below && key) ?? name, isSecret(whole) ? marked(wanted) : wanted);
  }
  return result;
}

/** As a parser of YAML or JSON does it: `__proto__` is a key as any other. */
function define(holder: Map, key: string, wanted: unknown): void {
  Object.defineProperty(holder, key, { value: wanted, enumerable: true, writable: true, configurable: true });
}

function placesIn(holder: Map, path: string[] = []): [holder: Map, key: string, path: string[]][] {
  return Object.entries(holder).flatMap(([key, inner]): [Map, string, string[]][] => [
    [holder, key, [...path, key]],
    ...(isMap(inner) || Array.isArray(inner) ? placesIn(inner as Map, [...path, key]) : []),
  ]);
}

/** The same without the marker where there is no secret: what is meant to be seen may be. */
export function unmarked(
  value: unknown,
  isSecret: (path: string[]) => boolean,
  path: string[] = [],
): unknown {
  if (typeof value === "string") return isSecret(path) ? value : value.replaceAll(marker, "public");
  if (Array.isArray(value))
    return value.map((one, index) => unmarked(one, isSecret, [...path, String(index)]));
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(([key, one]) => [
    key.replaceAll(marker, "public"),
    unmarked(one, isSecret, [...path, key]),
  ]);
  return Object.fromEntries(entries) as Map;
}

function marked(wanted: unknown): unknown {
  if (typeof wanted === "string") return `${marker}${wanted}`;
  if (Array.isArray(wanted)) return wanted.map(marked);
  if (!isMap(wanted)) return wanted;
  return Object.fromEntries(Object.entries(wanted).map(([key, inner]) => [key, marked(inner)]));
}

function isMap(one: unknown): one is Map {
  return typeof one === "object" && one !== null && !Array.isArray(one);
}
