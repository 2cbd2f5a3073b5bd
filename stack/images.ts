import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Scope } from "../components/containers/scope.ts";
import type { MadeHost } from "../components/hosts/kind.ts";
import { PlainError } from "../lib/plainError.ts";
import { hasImage, imageWarnings, planImage, type ImageFacts } from "./imagePlan.ts";

/** What a stack's machines run for image references, as far as it is known before the first resource. */
export interface KnownImages {
  has(reference: string): boolean;
  /** Why a stack can't run these images, a line each. */
  problems(references: readonly string[]): string[];
  /** What a person should know of the images that a stack runs, a line each. */
  warnings(references: readonly string[]): string[];
  /** What a host runs for a reference; `prefix` tells the resources of a machine beside another from its. */
  finder(host: MadeHost, prefix?: string): Scope["image"];
}

export function knownImages(facts: ImageFacts): KnownImages {
  return {
    has: (reference) => hasImage(reference, facts),
    problems: (references) =>
      references.flatMap((reference) => {
        const plan = planImage(reference, facts);
        return "problem" in plan ? [plan.problem] : [];
      }),
    warnings: (references) => imageWarnings(references, facts),
    finder: (host, prefix) => imagesOn(host, facts, prefix),
  };
}

/** Each image that a machine pulls is a resource, once. Throws an error that names the fix for one nobody has. */
function imagesOn(host: MadeHost, facts: ImageFacts, prefix?: string): Scope["image"] {
  const pulled = new Map<string, pulumi.Output<string>>();
  return (reference) => {
    const plan = planImage(reference, facts);
    if ("id" in plan) return plan.id;
    if ("problem" in plan) throw new PlainError(plan.problem);
    if ("later" in plan) return pulumi.output(pulumi.unknown as unknown as string);
    const known = pulled.get(reference) ?? pull(plan.pull, host, [prefix, reference]);
    pulled.set(reference, known);
    return known;
  };
}

function pull(image: string, host: MadeHost, names: (string | undefined)[]): pulumi.Output<string> {
  const name = names.filter((part) => part !== undefined).join("-");
  const options = { parent: host, ...host.onHost };
  return new docker.RemoteImage(name, { name: image, keepLocally: true }, options).imageId;
}
