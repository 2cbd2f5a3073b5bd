import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { dockerHub, registryHost } from "../../lib/reference.ts";

/** A login as the Docker Engine takes it (https://docs.docker.com/reference/api/engine/#section/Authentication). */
export interface Credentials {
  username?: string;
  password?: string;
  /** Instead of a password, of a registry that gives its tokens for another one. */
  identitytoken?: string;
  serveraddress?: string;
}

/** What a registry is logged in to with. */
export interface Login {
  credentials?: Credentials;
  /** Where it is written down, for a message. */
  source: string;
  /** Why there are no credentials, where there should be some. */
  trouble?: string;
}

/** The name under which Docker keeps a login for Docker Hub. */
export const dockerHubServer = "https://index.docker.io/v1/";

/**
 * What `docker login` stored for a registry: in the file itself, or with the helper program that the file names, as
 * clouds' registries have one (https://docs.docker.com/reference/cli/docker/login/#credential-helpers).
 */
export async function storedLogin(registry: string): Promise<Login | undefined> {
  const file = join(process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
  const config = configIn(await readFile(file, "utf8").catch(() => "{}"));
  const server = registry === dockerHub ? dockerHubServer : registry;
  const helper = valueFor(registry, config.credHelpers) ?? config.credsStore;
  const helped = helper === undefined ? undefined : await askHelper(helper, server);
  if (helped?.credentials !== undefined) return helped;
  const entry = valueFor(registry, config.auths);
  const credentials = entry && credentialsIn(entry, server);
  return credentials === undefined ? helped : { credentials, source: file };
}

/** The value of a registry, however its key spells it: with `https://`, with a path, Docker Hub by its old names. */
function valueFor<Value>(
  registry: string,
  values: Readonly<Record<string, Value | undefined>> = {},
): Value | undefined {
  const found = Object.entries(values).find(([key]) => registryHost(key) === registry);
  return found?.[1];
}

function credentialsIn(
  { auth = "", identitytoken }: { auth?: string; identitytoken?: string },
  serveraddress: string,
): Credentials | undefined {
  if (identitytoken !== undefined && identitytoken !== "") return { identitytoken, serveraddress };
  if (auth === "") return undefined;
  const [username = "", ...password] = Buffer.from(auth, "base64").toString().split(":");
  return { username, password: password.join(":"), serveraddress };
}

const helperMs = 10_000;

/** A user of this name has a token that is no password (https://github.com/docker/docker-credential-helpers#development). */
const tokenUser = "<token>";

/** No credentials where the helper isn't there, or knows nothing of the registry. */
async function askHelper(helper: string, serveraddress: string): Promise<Login> {
  const program = `docker-credential-${helper}`;
  const options = { input: serveraddress, reject: false, timeout: helperMs } as const;
  const { failed, code, timedOut, stdout, stderr } = await execa(program, ["get"], options);
  if (failed) {
    const words = (stdout || stderr).trim().split("\n")[0];
    const trouble = code === "ENOENT" ? "it isn't on PATH" : timedOut ? "no answer in 10 s" : words;
    return { source: program, trouble: trouble === undefined || trouble === "" ? "it failed" : trouble };
  }
  const { Username: username = "", Secret: secret } = objectIn(stdout) as {
    Username?: string;
    Secret?: string;
  };
  if (secret === undefined) return { source: program, trouble: "it answered something else" };
  const credentials =
    username === tokenUser
      ? { identitytoken: secret, serveraddress }
      : { username, password: secret, serveraddress };
  return { source: program, credentials };
}

interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string } | undefined>;
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
