import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { relative } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

/** It holds what it refuses. */
const exempt = ["test/unit/words.test.ts"];

const notNames = new Set(["on", "at", "of", "told", "by", "to", "from", "with", "into", "said", "asked"]);

/** Keys of definitions and files that are there already: another word would break them. */
const keys: Readonly<Record<string, string[]>> = {
  "cli/lastRun/record.ts": ["said"],
  "cli/verbs/restore.ts": ["at", "from"],
  "components/hosts/ec2/ec2.ts": ["by"],
  "components/hosts/ec2/userData.ts": ["by"],
  "services/proxy/model.ts": ["to"],
  "services/proxy/nginx.ts": ["to"],
  "services/proxy/options.ts": ["to"],
  "services/proxy/publicSettings.ts": ["to"],
  "systems/define.ts": ["of"],
};

const root = fileURLToPath(new URL("../..", import.meta.url));
const skipped = ["**/node_modules", "dist", "images/front-end"];

function filesOf(extensions: string[]): string[] {
  return ts.sys
    .readDirectory(root, extensions, skipped)
    .map((file) => relative(root, file))
    .filter((file) => !exempt.some((path) => file === path || file.startsWith(`${path}/`)));
}

/** `line name` of each name that a source declares and may not; what an object literal holds follows its type. */
function badNames(source: string, allowed: readonly string[] = []): string[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const bad: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = declaredName(node);
    if (name !== undefined) {
      const word = name.text.replace(/^#/, "");
      const { line } = file.getLineAndCharacterOfPosition(name.getStart());
      if (notNames.has(word.toLowerCase()) && !allowed.includes(word)) bad.push(`${line + 1} ${word}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return bad;
}

function declaredName(node: ts.Node): ts.Identifier | ts.PrivateIdentifier | undefined {
  if (ts.isImportSpecifier(node)) return node.propertyName && node.name;
  const declares =
    ts.isVariableDeclaration(node) ||
    ts.isBindingElement(node) ||
    ts.isParameter(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isPropertySignature(node) ||
    ts.isGetAccessor(node) ||
    ts.isNamedTupleMember(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isNamespaceImport(node) ||
    (ts.isMethodDeclaration(node) && !ts.isObjectLiteralExpression(node.parent));
  if (!declares || node.name === undefined) return undefined;
  return ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name) ? node.name : undefined;
}

/** Lines that say "door"; `NAME-door` is what an entry's containers have been called all along. */
function doorLines(text: string): number[] {
  return text
    .split("\n")
    .flatMap((line, index) => (/door/i.test(line.replaceAll("-door", "")) ? [index + 1] : []));
}

test("names are nouns and verbs, no prepositions or participles", () => {
  const bad = filesOf([".ts"]).flatMap((file) =>
    badNames(readFileSync(`${root}${file}`, "utf8"), keys[file]).map((place) => `${file}:${place}`),
  );
  expect(bad).toEqual([]);
});

test("a listener, an entry, an address and a rule have their own words", () => {
  // Another word in this script would prepare each machine anew.
  const files = filesOf([".ts", ".mjs", ".md", ".sh", ".py"]).filter((file) => !file.endsWith("/rules.sh"));
  const bad = files.flatMap((file) => [
    ...doorLines(file).map(() => file),
    ...doorLines(readFileSync(`${root}${file}`, "utf8")).map((line) => `${file}:${line}`),
  ]);
  expect(bad).toEqual([]);
});

test.each([
  ["const on = 1;", "on"],
  ["const { value: at } = {};", "at"],
  ["const [of] = [];", "of"],
  ["for (const told of []);", "told"],
  ["const f = (by: string) => by;", "by"],
  ["function to() {}", "to"],
  ["class A { from() {} }", "from"],
  ["class A { #with = 1; }", "with"],
  ["class A { constructor(readonly into: string) {} }", "into"],
  ["class A { get said() { return 1; } }", "said"],
  ["interface A { asked: string }", "asked"],
  ["interface A { on(): void }", "on"],
  ["type A = [at: string];", "at"],
  ["type Told = string;", "Told"],
  ["interface Said {}", "Said"],
  ["class Into {}", "Into"],
  ['import { x as of } from "x";', "of"],
  ['import * as by from "x";', "by"],
])("refuses the name in %s", (source, name) => {
  expect(badNames(source)).toEqual([`1 ${name}`]);
});

test.each([
  "readable.on('end', () => undefined);",
  "const buffer = Buffer.from('x');",
  "const last = list.at(-1);",
  "const route = { path: '/', to: 'api' };",
  "const target = ({ to: service }) => service;",
  "const tone = 1;",
  'import { at } from "x";',
])("takes %s", (source) => {
  expect(badNames(source)).toEqual([]);
});

test.each([
  ["const doorOf = 1;", [1]],
  ["// one\n// of two doors\n", [2]],
  ["interface PublicDoor {}", [1]],
  ['const name = "api-door";', []],
])("finds the word in %j", (text, lines) => {
  expect(doorLines(text)).toEqual(lines);
});
