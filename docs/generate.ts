import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { commandLine } from "../cli/main.ts";

/** Writes a page for each component and service, from its docstrings: `npm run docs`. */
const root = join(import.meta.dirname, "..");

export function pages(): Map<string, string> {
  const files = ["components", "services"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .toSorted()
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${folder}/${file}`),
  );
  const all = new Map<string, string>();
  for (const file of files) {
    const source = ts.createSourceFile(
      file,
      ts.sys.readFile(join(root, file)) ?? "",
      ts.ScriptTarget.Latest,
      true,
    );
    const component = source.statements.find(isComponent);
    if (component?.name) all.set(`${kebab(component.name.text)}.md`, page(file, component, source));
  }
  return all;
}

function isComponent(node: ts.Node): node is ts.ClassDeclaration {
  return (
    ts.isClassDeclaration(node) &&
    isExported(node) &&
    (node.heritageClauses?.some((clause) => clause.getText().includes("ComponentResource")) ??
      takesParent(node))
  );
}

/** A plain class that makes resources below the parent it is given. */
function takesParent({ members }: ts.ClassDeclaration): boolean {
  const constructor = members.find(ts.isConstructorDeclaration);
  return constructor?.parameters.some(({ type }) => type?.getText() === "Belonging") ?? false;
}

function isExported(node: ts.HasModifiers): boolean {
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function page(file: string, component: ts.ClassDeclaration, source: ts.SourceFile): string {
  const name = component.name?.text ?? "";
  const inputs = source.statements.filter(ts.isInterfaceDeclaration).filter(isExported);
  const outputs = component.members.filter(ts.isPropertyDeclaration).filter(isPublic);
  const methods = component.members.filter(ts.isMethodDeclaration).filter(isPublic);
  return [
    `# ${name}`,
    doc(component),
    `Source: [\`${file}\`](../../${file})`,
    ...inputs.map((input) =>
      section(input.name.text, doc(input), input.members.filter(ts.isPropertySignature)),
    ),
    section("What it yields", "", [...outputs, ...methods]),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

function isPublic(member: ts.ClassElement): boolean {
  const hidden = ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(isHiding);
  return member.name !== undefined && !ts.isPrivateIdentifier(member.name) && hidden !== true;
}

function isHiding({ kind }: ts.Modifier): boolean {
  return kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword;
}

type Member = ts.PropertySignature | ts.PropertyDeclaration | ts.MethodDeclaration;

function section(title: string, text: string, members: readonly Member[]): string {
  if (members.length === 0) return "";
  const rows = members.map(
    (member) => `| \`${member.name.getText()}\` | \`${type(member)}\` | ${doc(member)} |`,
  );
  return [
    `## ${title}`,
    ...(text === "" ? [] : ["", text]),
    "",
    "| name | type | |",
    "| --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function type(member: Member): string {
  const text = member.type?.getText().replace(/\s+/g, " ").replaceAll("|", "\\|") ?? "";
  if (ts.isMethodDeclaration(member))
    return `(${member.parameters.map((each) => each.getText()).join(", ")}) => ${text}`;
  return "questionToken" in member && member.questionToken ? `${text}?` : text;
}

/** A docstring as one line, its default in words. */
function doc(node: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = comments.map((comment) => ts.getTextOfJSDocComment(comment.comment) ?? "").join(" ");
  const preset = ts.getJSDocTags(node).find((tag) => tag.tagName.text === "default");
  const value = preset === undefined ? "" : ` Default: ${ts.getTextOfJSDocComment(preset.comment) ?? ""}.`;
  return `${text}${value}`
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}

function kebab(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, "-$&").toLowerCase();
}

/** A page for the command line, from its own help. */
export function commandLinePage(): string {
  const program = commandLine();
  const verbs = program.commands.filter((verb) => verb.name() !== "help");
  const sections = verbs.map((verb) => {
    const aliases = verb.aliases().map((alias) => `\`berth ${alias}\``);
    return [
      `## berth ${verb.name()}`,
      ...(aliases.length > 0 ? [`Also ${aliases.join(" and ")}.`] : []),
      `\`\`\`\n${verb.configureHelp({ helpWidth: 100 }).helpInformation().trimEnd()}\n\`\`\``,
    ].join("\n\n");
  });
  return [commandLineIntroduction, ...sections].join("\n\n").concat("\n");
}

const commandLineIntroduction = `# The command line

\`npm run berth -- <verb>\`, or \`npx berth <verb>\`. Progress goes to stderr and results to stdout; with \`--json\` stdout holds JSON alone, an object a line. Colours follow the terminal, \`NO_COLOR\` and \`FORCE_COLOR\`.

Exit codes: 0 done; 1 refused or failed, with key, value and fix on stderr; 130 after ^C. The first ^C lets the steps under way end, the second cancels them, the third kills the engine; the next run cleans up after it.`;

if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(root, "docs/cli.md"), commandLinePage());
  mkdirSync(join(root, "docs/components"), { recursive: true });
  for (const [file, text] of pages()) writeFileSync(join(root, "docs/components", file), text);
}
