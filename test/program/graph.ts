import type { Registered } from "./registered.ts";

/** All that one run of a program registered. */
export class Graph {
  constructor(
    readonly resources: readonly Registered[],
    /** Tokens of the provider functions it called. */
    readonly calls: readonly string[],
    readonly outputs: Record<string, unknown>,
  ) {}

  /** Every resource of this type, in the order of registration. */
  ofType(type: string): Registered[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The only resource of this type (and name); throws when there is none or another. */
  the(type: string, name?: string): Registered {
    const found = this.ofType(type).filter((resource) => name === undefined || resource.name === name);
    const [only] = found;
    if (only === undefined || found.length > 1) {
      const there = this.ofType(type).map((resource) => resource.name);
      throw new Error(
        `${type} ${name ?? ""}: must be there once, got ${found.length} in ${JSON.stringify(there)}`,
      );
    }
    return only;
  }

  /** The chain of parents from the resource up to the stack, nearest first. */
  parents(resource: Registered): Registered[] {
    const parent = this.resources.find(({ urn }) => urn === resource.parent);
    return parent === undefined ? [] : [parent, ...this.parents(parent)];
  }

  /** Resources that are nobody's child, although a component should hold them. */
  orphans(): Registered[] {
    return this.resources.filter((resource) => resource.custom && this.parents(resource).length < 2);
  }
}
