import ts from "typescript";

/** Members that a page shows in a table. */
type Member = ts.PropertySignature | ts.MethodSignature | ts.PropertyDeclaration | ts.MethodDeclaration;

/**
 * What the constructor takes, then the other interfaces of the file. Each begins with its own members; what comes
 * from elsewhere (`extends`, `Omit`, an intersection) follows under the name of the type that declares it.
 */
export function argumentSections(
  component: ts.ClassDeclaration,
  program: ts.Program,
  root: string,
): string[] {
  const checker = program.getTypeChecker();
  const interfaces = component
    .getSourceFile()
    .statements.filter(
      (node): node is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(node) && exported(node),
    );
  const args = component.members.find(ts.isConstructorDeclaration)?.parameters[1];
  const taken = args && checker.getTypeAtLocation(args);
  const declared = interfaces.find((node) => checker.getTypeAtLocation(node) === taken);
  const members = taken ? membersOf(taken, checker) : [];
  const shown = new Set<ts.Node | undefined>([declared, ...members.map((member) => member.parent)]);
  return [
    ...memberSections(members, declared, root),
    ...interfaces
      .filter((node) => !shown.has(node))
      .flatMap((node) => memberSections(membersOf(checker.getTypeAtLocation(node), checker), node, root)),
  ];
}

function membersOf(type: ts.Type, checker: ts.TypeChecker): Member[] {
  return checker.getPropertiesOfType(type).flatMap((property) => property.declarations?.find(isMember) ?? []);
}

function isMember(node: ts.Declaration): node is ts.PropertySignature | ts.MethodSignature {
  return ts.isPropertySignature(node) || ts.isMethodSignature(node);
}

function memberSections(
  members: readonly Member[],
  declared: ts.InterfaceDeclaration | undefined,
  root: string,
): string[] {
  const isInherited = ({ parent }: Member) => ts.isInterfaceDeclaration(parent) && parent !== declared;
  const owners = new Set(members.filter(isInherited).map(({ parent }) => parent));
  const own = members.filter((member) => !isInherited(member));
  const heading = `## ${declared?.name.text ?? "Arguments"}`;
  const text = declared === undefined ? "" : summary(declared);
  const head = own.length > 0 ? section(heading, text, own) : [heading, text].filter(Boolean).join("\n\n");
  return [
    ...(members.length > 0 ? [head] : []),
    ...[...owners].filter(ts.isInterfaceDeclaration).map((owner) =>
      section(
        `### From ${origin(owner, root)}`,
        "",
        members.filter(({ parent }) => parent === owner),
      ),
    ),
  ];
}

/** A type's name with a link to its file. */
function origin(owner: ts.InterfaceDeclaration, root: string): string {
  const file = owner.getSourceFile().fileName.slice(root.length + 1);
  return `[\`${owner.name.text}\`](../../${file})`;
}

export function section(heading: string, text: string, members: readonly Member[]): string {
  if (members.length === 0) return "";
  const rows = members.map(
    (member) => `| \`${member.name.getText()}\` | \`${typeText(member)}\` | ${summary(member)} |`,
  );
  return [
    heading,
    ...(text === "" ? [] : ["", text]),
    "",
    "| name | type | |",
    "| --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function typeText(member: Member): string {
  const type = member.type ?? (ts.isPropertyDeclaration(member) ? member.initializer : undefined);
  const text = type?.getText().replace(/\s+/g, " ").replaceAll("|", "\\|") ?? "";
  if (ts.isMethodDeclaration(member) || ts.isMethodSignature(member)) {
    const generic = member.typeParameters?.map((each) => each.getText()).join(", ");
    const parameters = member.parameters.map((each) => each.getText()).join(", ");
    return `${generic === undefined ? "" : `<${generic}>`}(${parameters}) => ${text}`;
  }
  return member.questionToken ? `${text}?` : text;
}

/** A docstring as one line, its default in words. */
export function summary(node: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = comments.map((comment) => ts.getTextOfJSDocComment(comment.comment) ?? "").join(" ");
  const preset = ts.getJSDocTags(node).find((tag) => tag.tagName.text === "default");
  const value = preset === undefined ? "" : ` Default: ${ts.getTextOfJSDocComment(preset.comment) ?? ""}.`;
  return `${text}${value}`
    .replace(/\{@link ([\w.]+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}

/** The code of a docstring's `@example`; empty where there is none. */
export function example(node: ts.Node): string {
  const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === "example");
  return (ts.getTextOfJSDocComment(tag?.comment) ?? "").trim();
}

export function exported(node: ts.HasModifiers): boolean {
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

export function isPublic(member: ts.ClassElement): boolean {
  const hidden = ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(isHiding);
  return member.name !== undefined && !ts.isPrivateIdentifier(member.name) && hidden !== true;
}

function isHiding({ kind }: ts.Modifier): boolean {
  return kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword;
}
