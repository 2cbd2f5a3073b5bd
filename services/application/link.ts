import type * as pulumi from "@pulumi/pulumi";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { filesFolder } from "../../components/containers/fileVolume.ts";

/** Something that must have succeeded first. */
export interface Gate {
  gate<T>(value: pulumi.Input<T>): pulumi.Output<T>;
}

/** What a service needs to reach another: plain variables, secret ones, and what must be there first. */
export interface Link {
  environment: Record<string, pulumi.Input<string>>;
  /** Variable → secret value, such as `DATABASE_URL`. */
  secrets: Record<string, pulumi.Output<string>>;
  dependsOn: pulumi.Resource[];
  /** Jobs that must have succeeded before a container starts that uses the link; its files needn't wait. */
  gates?: Gate[];
  /** Folders of the machine in which it is found, such as a socket's. */
  mounts?: Mount[];
  /** The same in parts as they are, not encoded for a URL: `host`, `password`. What is secret is a secret output. */
  hands?: Record<string, pulumi.Input<string>>;
}

/** Anything a service can be handed: `links: [database, cache]`. */
export interface Linkable {
  link(): Link;
}

/** Variables and generated secrets of an application itself. */
export function variables(link: Partial<Link>): Linkable {
  return { link: () => ({ environment: {}, secrets: {}, dependsOn: [], ...link }) };
}

/** Several links as one. */
export function joinLinks(links: readonly Linkable[]): Link {
  const all = links.map((link) => link.link());
  return {
    environment: Object.assign({}, ...all.map((link) => link.environment)) as Link["environment"],
    secrets: Object.assign({}, ...all.map((link) => link.secrets)) as Link["secrets"],
    dependsOn: all.flatMap((link) => link.dependsOn),
    gates: all.flatMap((link) => link.gates ?? []),
    mounts: all.flatMap((link) => link.mounts ?? []),
  };
}

/** `DATABASE_URL` → the file that holds it, below {@link filesFolder}. */
export function secretFile(variable: string): string {
  return variable.toLowerCase();
}

/** `DATABASE_URL_FILE=/etc/berth/database_url` for each secret, the way official images read theirs. */
export function secretPointers(secrets: Link["secrets"]): Record<string, string> {
  return Object.fromEntries(
    Object.keys(secrets).map((variable) => [`${variable}_FILE`, `${filesFolder}/${secretFile(variable)}`]),
  );
}

/** What a store at this URL hands over of its place; some clients want the URL, others host and port. */
export function storeHands(url: string): Record<"url" | "endpoint" | "host" | "port", string> {
  const { hostname, port, protocol } = new URL(url);
  const [host, whole] = [bare(hostname), port || (protocol === "https:" ? "443" : "80")];
  return { url, endpoint: `${hostname}:${whole}`, host, port: whole };
}

/** A host as resolvers take it: only in a URL does an IPv6 address stand in brackets. */
export function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}
