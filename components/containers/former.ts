import * as pulumi from "@pulumi/pulumi";

/** Where a resource belongs. */
export interface Belonging {
  parent?: pulumi.Resource;
}

/**
 * Options of a resource that stood alone in a component of this type and of its own name: a stack brought up then
 * keeps it, and doesn't make another and delete the old one.
 */
export function formerlyIn(
  type: string,
  name: string,
  { parent }: Belonging,
): Pick<pulumi.CustomResourceOptions, "parent" | "aliases"> {
  return { parent, aliases: [{ parent: pulumi.createUrn(name, type, parent) }] };
}
