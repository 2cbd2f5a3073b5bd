import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Host } from "./host.ts";
import type { Scope } from "./scope.ts";
import { PlainError } from "../../lib/plainError.ts";

/**
 * What a machine's engine runs for a reference; `prefix` tells the resources of a machine beside another from its. A digest is pulled when it is missing; a tag is what the engine has
 * under that name now, by id, because the provider takes whatever a tag once meant for good.
 * Throws when the engine has no image of that tag.
 */
export function localImages(
  present: ReadonlyMap<string, string>,
  host: Host & pulumi.Resource,
  prefix?: string,
): Scope["image"] {
  const pulled = pulledImages(host, prefix);
  return (reference) => {
    const id = present.get(reference.includes("@") || hasTag(reference) ? reference : `${reference}:latest`);
    if (id !== undefined) return id;
    if (!reference.includes("@sha256:")) {
      throw new PlainError(
        `images: must be on this machine or name a digest, got "${reference}"; run berth up`,
      );
    }
    return pulled(reference);
  };
}

/**
 * What a host's engine runs for a reference: it pulls each that it doesn't have. A tag is for good what it was when it
 * was pulled, so name a digest of what is to change.
 */
export function pulledImages(host: Host & pulumi.Resource, prefix?: string): Scope["image"] {
  const pulled = new Map<string, pulumi.Output<string>>();
  return (reference) => {
    const known = pulled.get(reference) ?? pull(reference, host, prefix);
    pulled.set(reference, known);
    return known;
  };
}

function hasTag(reference: string): boolean {
  return reference.slice(reference.lastIndexOf("/") + 1).includes(":");
}

function pull(reference: string, host: Host & pulumi.Resource, prefix?: string): pulumi.Output<string> {
  const name = prefix === undefined ? reference : `${prefix}-${reference}`;
  const options = { parent: host, ...host.onHost };
  return new docker.RemoteImage(name, { name: reference, keepLocally: true }, options).imageId;
}
