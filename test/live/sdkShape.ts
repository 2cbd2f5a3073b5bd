import { join } from "node:path";
import ts from "typescript";

/** Property names; one without properties of its own maps to null. */
export interface Tree {
  [name: string]: Tree | null;
}

/** Reads from an npm package's declarations what a program can spell, for resources, functions and the provider. */
export class SdkShape {
  private readonly checker: ts.TypeChecker;
  private readonly exports: Map<string, ts.Symbol>;
  private readonly nestedTypes: string;

  constructor(name: string) {
    const folder = join(import.meta.dirname, "../../node_modules/@pulumi", name);
    const entry = join(folder, "index.d.ts");
    const { module, moduleResolution } = {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
    };
    const program = ts.createProgram([entry], { module, moduleResolution, strict: true, skipLibCheck: true });
    const source = program.getSourceFile(entry);
    this.checker = program.getTypeChecker();
    const symbol = source === undefined ? undefined : this.checker.getSymbolAtLocation(source);
    if (symbol === undefined) throw new Error(`${entry}: must be a module`);
    this.exports = new Map(this.checker.getExportsOfModule(symbol).map((one) => [one.name, one]));
    this.nestedTypes = `@pulumi/${name}/types/`;
  }

  /** Inputs and outputs of what a token names, or undefined when the package doesn't have it. */
  shapeOf(token: string): Tree | undefined {
    const member = token.split(":")[2] ?? "";
    if (token.startsWith("pulumi:providers:")) return this.merged("ProviderArgs");
    if (!member.startsWith("get")) return this.merged(`${member}Args`, `${member}State`);
    const name = `G${member.slice(1)}`;
    return this.merged(`${name}Args`, `${name}Result`);
  }

  private merged(...names: string[]): Tree | undefined {
    const symbols = names.map((name) => this.exports.get(name)).filter((symbol) => symbol !== undefined);
    if (symbols.length === 0) return undefined;
    return Object.assign(
      {},
      ...symbols.map((one) => this.tree(this.checker.getDeclaredTypeOfSymbol(one))),
    ) as Tree;
  }

  private tree(type: ts.Type): Tree {
    const properties = this.checker.getPropertiesOfType(type);
    return Object.fromEntries(
      properties.map((property) => {
        const nested = this.nested(this.checker.getTypeOfSymbol(property), new Set());
        return [property.name, nested === undefined ? null : this.tree(nested)];
      }),
    );
  }

  /** The package's own interface inside inputs, outputs, lists and unions. */
  private nested(type: ts.Type, seen: Set<ts.Type>): ts.Type | undefined {
    if (seen.has(type)) return undefined;
    seen.add(type);
    const declaration = type.getSymbol()?.declarations?.[0];
    if (
      declaration?.getSourceFile().fileName.includes(this.nestedTypes) &&
      ts.isInterfaceDeclaration(declaration)
    )
      return type;
    const inner = type.isUnionOrIntersection()
      ? type.types
      : [...(type.aliasTypeArguments ?? []), ...this.arguments(type)];
    for (const one of inner) {
      const found = this.nested(one, seen);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private arguments(type: ts.Type): readonly ts.Type[] {
    return (type.flags & ts.TypeFlags.Object) !== 0
      ? this.checker.getTypeArguments(type as ts.TypeReference)
      : [];
  }
}
