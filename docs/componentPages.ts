import { readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { argumentSections, example, exported, isPublic, section, summary } from "./componentText.ts";

/** Pages of the components and services that other programs may use, made from their sources. */
const root = join(import.meta.dirname, "..");

/** A component that other programs may use, and the file it is in. */
export interface PublicComponent {
  file: string;
  name: string;
  declaration: ts.ClassDeclaration;
}

/**
 * Whether a file's component is for other programs: everything about containers, DNS and services, and of each host
 * kind the host itself, which has its folder's name. The rest is made by these and never by name.
 */
function isPublicFile(file: string): boolean {
  return (
    /^(components\/(containers|dns)|services\/\w+)\/\w+\.ts$/.test(file) ||
    /^components\/hosts\/(\w+)\/\1\.ts$/.test(file)
  );
}

/** Component → its page, by file name. */
export function pages(): Map<string, string> {
  const program = openProgram();
  const all = publicComponents(program).map((component): [string, string] => [
    `${kebab(component.name)}.md`,
    page(component, program),
  ]);
  return new Map(all);
}

/** Component → the code of its docstring's example, and what it is imported from. */
export function examples(): Map<string, { entry: string; code: string }> {
  return new Map(
    publicComponents(openProgram()).map(({ file, name, declaration }) => [
      name,
      { entry: entryOf(file), code: example(declaration) },
    ]),
  );
}

/** What other programs import a file's component from. A cloud's are apart, for they load its vendor's SDK. */
function entryOf(file: string): string {
  if (/\/gce\/|\/google\./.test(file)) return "berth/hosts/gce";
  if (/\/ec2\/|\/route53\./.test(file)) return "berth/hosts/ec2";
  return "berth/components";
}

function publicComponents(program: ts.Program): PublicComponent[] {
  return program.getRootFileNames().flatMap((path) => {
    const source = program.getSourceFile(path);
    const declaration = source?.statements.find(isComponent);
    const file = path.slice(root.length + 1);
    return declaration?.name === undefined ? [] : [{ file, name: declaration.name.text, declaration }];
  });
}

/** The public files with all they import of ours. Packages are left out: pages show types as they are written. */
function openProgram(): ts.Program {
  const files = ["components", "services"]
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(
        (file) => `${folder}/${file}`,
      ),
    )
    .filter(isPublicFile)
    .toSorted();
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options, true);
  host.resolveModuleNameLiterals = (literals, importer) =>
    literals.map(({ text }) => {
      const resolvedFileName = join(importer, "..", text);
      const ours = text.startsWith(".") && ts.sys.fileExists(resolvedFileName);
      return { resolvedModule: ours ? { resolvedFileName, extension: ts.Extension.Ts } : undefined };
    });
  return ts.createProgram(
    files.map((file) => join(root, file)),
    options,
    host,
  );
}

function isComponent(node: ts.Node): node is ts.ClassDeclaration {
  return (
    ts.isClassDeclaration(node) &&
    exported(node) &&
    (node.heritageClauses?.some((clause) => clause.getText().includes("ComponentResource")) ??
      takesParent(node))
  );
}

/** A plain class that makes resources below the parent it is given. */
function takesParent({ members }: ts.ClassDeclaration): boolean {
  const constructor = members.find(ts.isConstructorDeclaration);
  return constructor?.parameters.some(({ type }) => type?.getText() === "Belonging") ?? false;
}

function page({ file, name, declaration }: PublicComponent, program: ts.Program): string {
  const code = example(declaration);
  const outputs = declaration.members
    .filter((member) => ts.isPropertyDeclaration(member) || ts.isMethodDeclaration(member))
    .filter(isPublic);
  const properties = outputs.filter(ts.isPropertyDeclaration);
  const methods = outputs.filter(ts.isMethodDeclaration);
  return [
    `# ${name}`,
    summary(declaration),
    `\`import { ${name} } from "${entryOf(file)}";\` · source: [\`${file}\`](../../${file})`,
    ...(code === "" ? [] : ["## Example", `\`\`\`ts\n${code}\n\`\`\``, ...context(name, code)]),
    ...argumentSections(declaration, program, root),
    section("## What it yields", "", [...properties, ...methods]),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

/** Where to look for what an example takes as given. */
function context(name: string, code: string): string[] {
  const given = [
    ...(/\bscope\b/.test(code) && name !== "Network"
      ? ["`scope` and `network` are made as for [Network](network.md)"]
      : []),
    ...(/\bservices\./.test(code)
      ? [
          "`services` holds a [`ServiceSettings`](../../services/application/serviceSettings.ts) for each name",
        ]
      : []),
  ];
  return given.length === 0 ? [] : [`${given.join("; ")}.`];
}

function kebab(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, "-$&").toLowerCase();
}
