import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
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

/** What to log in with at each registry: the credentials given at the one they are for, at others Docker's own. */
export function loginsFor(
  auth: RegistryAuth | undefined,
  mirror: string | undefined,
  references: string[],
): (registry: string) => Promise<Credentials | undefined> {
  return async (registry) => {
    if (auth === undefined || registryOf(auth, mirror, references) !== registry) return loginOf(registry);
    return { username: auth.username, password: auth.password, serveraddress: registry };
  };
}

export function mirrorHost(mirror: string): string {
  return mirror.replace(/^https?:\/\//, "").split("/")[0] ?? mirror;
}

/**
 * What `docker login` stored for a registry: in the file itself, or with the helper program that the file names, as
 * clouds' registries have one (https://docs.docker.com/reference/cli/docker/login/#credential-helpers).
 */
export async function loginOf(registry: Reference["registry"]): Promise<Credentials | undefined> {
  const folder = process.env.DOCKER_CONFIG ?? join(homedir(), ".docker");
  const text = await readFile(join(folder, "config.json"), "utf8").catch(() => "{}");
  const keys =
    registry === dockerHub ? ["https://index.docker.io/v1/", dockerHub] : [registry, `https://${registry}`];
  const { auths = {}, credHelpers = {}, credsStore } = configIn(text);
  const [server = registry] = keys;
  const helper = keys.map((key) => credHelpers[key]).find((name) => name !== undefined) ?? credsStore;
  const helped = helper === undefined ? undefined : await askHelper(helper, server);
  if (helped !== undefined) return helped;
  const encoded = keys.map((key) => auths[key]?.auth).find((auth) => auth !== undefined && auth !== "");
  if (encoded === undefined) return undefined;
  const [username = "", ...password] = Buffer.from(encoded, "base64").toString().split(":");
  return { username, password: password.join(":"), serveraddress: server };
}

/** Nothing where the helper isn't there, or knows nothing of the registry. */
async function askHelper(helper: string, serveraddress: string): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  const { failed, stdout } = await execa(program, ["get"], {
    input: serveraddress,
    reject: false,
    timeout: 10_000,
  });
  if (failed) return undefined;
  const { Username: username, Secret: password } = objectIn(stdout) as { Username?: string; Secret?: string };
  return username === undefined || password === undefined ? undefined : { username, password, serveraddress };
}

interface DockerConfig {
  auths?: Record<string, { auth?: string } | undefined>;
  /** Registry → helper. */
  credHelpers?: Record<string, string | undefined>;
  /** The helper of every other registry. */
  credsStore?: string;
}

function configIn(text: string): DockerConfig {
  return objectIn(text);
}

function objectIn(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
