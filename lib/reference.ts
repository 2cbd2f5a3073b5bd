/** An image reference, taken apart. */
export interface Reference {
  registry: string;
  /** With `library/` for Docker Hub's own images, as registries spell it. */
  repository: string;
  tag: string;
  digest?: string;
}

export const dockerHub = "docker.io";

/** `https://index.docker.io/v1/` → `docker.io`, `https://ghcr.io` → `ghcr.io`. */
export function registryHost(text: string): string {
  const host = text.replace(/^https?:\/\//, "").split("/")[0] ?? "";
  return /^(?:index|registry-1)\.docker\.io$/.test(host) ? dockerHub : host;
}

/** The rules of https://pkg.go.dev/github.com/distribution/reference: a first part with a dot, a port or "localhost" is a host. */
export function parseReference(text: string): Reference {
  const [named = "", digest] = text.split("@", 2);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const name = hasTag ? named.slice(0, colon) : named;
  const tag = hasTag ? named.slice(colon + 1) : "latest";
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === "localhost";
  const registry = !isHost || first === "index.docker.io" ? dockerHub : first;
  const path = isHost ? name.slice(slash + 1) : name;
  const repository = registry === dockerHub && !path.includes("/") ? `library/${path}` : path;
  return { registry, repository, tag, ...(digest === undefined ? {} : { digest }) };
}

/** The shortest name Docker knows it by, for example `redis:7`. */
export function plainName(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  const path = registry === dockerHub ? repository.replace(/^library\//, "") : `${registry}/${repository}`;
  return digest === undefined ? `${path}:${tag}` : `${path}@${digest}`;
}

/** Where a mirror may hold it: pull-through caches spell out `library/`, a mirror filled by hand often doesn't. */
export function mirrorNames(reference: Reference, mirror: string): string[] {
  const base = mirror.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  const short = reference.repository.replace(/^library\//, "");
  return [...new Set([reference.repository, short])].map((path) => `${base}/${path}:${reference.tag}`);
}
