import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { dockerHub, parseReference, type Reference } from "./reference.ts";

/** Credentials of one registry. */
export interface RegistryAuth {
  username: string;
  password: string;
  /** @default the mirror's host, else the only registry among the references that isn't Docker Hub */
  registry?: string;
}

export interface Credentials {
  username?: string;
  password?: string;
  serveraddress?: string;
}

/** The registry that given credentials are for. They are never shown to any other. */
export function registryOf(auth: RegistryAuth, mirror: string | undefined, references: string[]): string {
  if (auth.registry !== undefined) return auth.registry;
  if (mirror !== undefined) return mirrorHost(mirror);
  const others = new Set(
    references.map((text) => parseReference(text).registry).filter((host) => host !== dockerHub),
  );
  const [only, ...rest] = others;
  if (only === undefined) return dockerHub;
  if (rest.length === 0) return only;
  throw new Error(
    `registry: must name the registry the credentials are for, got images from ${[...others].join(", ")}`,
  );
}

export function mirrorHost(mirror: string): string {
  return mirror.replace(/^https?:\/\//, "").split("/")[0] ?? mirror;
}

/** What `docker login` stored, where it is stored in the file itself and not with a helper program. */
export async function loginOf(registry: Reference["registry"]): Promise<Credentials | undefined> {
  const folder = process.env.DOCKER_CONFIG ?? join(homedir(), ".docker");
  const text = await readFile(join(folder, "config.json"), "utf8").catch(() => "{}");
  const keys =
    registry === dockerHub ? ["https://index.docker.io/v1/", dockerHub] : [registry, `https://${registry}`];
  const auths = authsOf(text);
  const encoded = keys.map((key) => auths[key]?.auth).find((auth) => auth !== undefined && auth !== "");
  if (encoded === undefined) return undefined;
  const [username = "", ...password] = Buffer.from(encoded, "base64").toString().split(":");
  return { username, password: password.join(":"), serveraddress: keys[0] ?? registry };
}

function authsOf(text: string): Record<string, { auth?: string } | undefined> {
  try {
    return (JSON.parse(text) as { auths?: Record<string, { auth?: string }> }).auths ?? {};
  } catch {
    return {};
  }
}
