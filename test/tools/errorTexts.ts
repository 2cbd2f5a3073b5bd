import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** A message in the sources: its fixed words, with `…` where a value stands. */
export interface ErrorText {
  file: string;
  text: string;
}

/** An error made of somebody else's words, by file and as it is written. */
export interface PassedOn {
  file: string;
  words: string;
}

const root = join(import.meta.dirname, "../..");

/** Classes whose text a person reads. */
const isErrorClass = /^(Error|PlainError|SettingsError|RemoteError|Refusal)$/;

/**
 * Texts that need no error class around them: rules, in the form `path: must …` or `must …` alone, and what is said of
 * host and Docker, which tables of explanations hold.
 */
const isRule = /^([\w….[\]-]+( "…")?: )?must |^(host|docker)(\.\w+)*: [\w…]/;

export interface Found {
  /** What a command may end with. */
  errors: ErrorText[];
  passedOn: PassedOn[];
  /** Every text there is, errors among them. */
  all: ReadonlySet<string>;
}

/** The texts in the sources of these folders and files. */
export function errorTexts(places: readonly string[]): Found {
  return textsIn(
    places.flatMap(sources).map((file) => [file, readFileSync(join(root, file), "utf8")] as const),
  );
}

/** The same of these files, by name and content. */
export function textsIn(files: readonly (readonly [file: string, content: string])[]): Found {
  const found = { errors: [] as ErrorText[], passedOn: [] as PassedOn[], all: new Set<string>() };
  for (const [file, content] of files) {
    if (file.endsWith(".sh")) takeScript(content, file, found);
    else visit(ts.createSourceFile(file, content, ts.ScriptTarget.Latest, true), file);
  }
  for (const { text } of found.errors) found.all.add(text);
  return found;

  function visit(node: ts.Node, file: string): void {
    if (ts.isNewExpression(node) && isErrorClass.test(node.expression.getText())) {
      const texts = (node.arguments ?? []).flatMap(literalsIn);
      found.errors.push(...texts.map((text) => ({ file, text })));
      if (texts.length === 0) found.passedOn.push({ file, words: node.arguments?.[0]?.getText() ?? "" });
    }
    const text = textOf(node);
    if (text === undefined || node.parent.kind === ts.SyntaxKind.TemplateSpan) {
      ts.forEachChild(node, (child) => {
        visit(child, file);
      });
      return;
    }
    found.all.add(text);
    if (isRule.test(text)) found.errors.push({ file, text });
    if (text.includes('echo "')) takeScript(text, file, found);
  }
}

/** What a shell script says, and what it ends with: by `fail` of the library, or on standard error. */
function takeScript(
  script: string,
  file: string,
  { errors, all }: { errors: ErrorText[]; all: Set<string> },
) {
  const plain = script.replace(/\$\((?:[^()]|\([^()]*\))*\)/g, "…");
  for (const [, verb, words = "", after] of plain.matchAll(/\b(fail|say|echo) "((?:[^"\\]|\\.)*)"( >&2)?/g)) {
    const text = words
      .replace(/\$\{[^}]*\}|\$\w+/g, "…")
      .replace(/\\"/g, '"')
      .replace(/…+/g, "…");
    all.add(text);
    // Without words it is a line of progress or of a log.
    if (verb === "fail" || (after !== undefined && /[a-z]+ [a-z]+/.test(text))) errors.push({ file, text });
  }
}

function sources(place: string): string[] {
  if (/\.\w+$/.test(place)) return [place];
  return readdirSync(join(root, place), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|mjs|sh)$/.test(file))
    .map((file) => `${place}/${file}`)
    .toSorted();
}

/** The texts below an expression, the outermost of each. */
function literalsIn(node: ts.Node): string[] {
  const text = textOf(node);
  if (text !== undefined) return text.includes(" ") ? [text] : [];
  const found: string[] = [];
  ts.forEachChild(node, (child) => {
    found.push(...literalsIn(child));
  });
  return found;
}

/** A literal, a template or a sum of them as one text; undefined for anything else. */
function textOf(node: ts.Node): string | undefined {
  const text = rawTextOf(node);
  return text?.replace(/\s+/g, " ").replace(/…+/g, "…").trim();
}

function rawTextOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("");
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [rawTextOf(node.left), rawTextOf(node.right)];
  return left === undefined && right === undefined ? undefined : `${left ?? "…"}${right ?? "…"}`;
}
