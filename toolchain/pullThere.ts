import type { Connection } from "../components/ssh/connection.ts";
import { remote } from "../components/ssh/session.ts";
import type { FindLogin } from "./images/auth.ts";
import { dockerHubServer, type Credentials } from "./images/dockerConfig.ts";
import { dockerHub, parseReference } from "../lib/reference.ts";
import { PlainError } from "../lib/plainError.ts";
import type { Progress } from "./progress.ts";
import { pullScript, type AsItself } from "./pullScript.ts";

export interface PullOptions {
  /** What this machine logs in with. */
  login: FindLogin;
  /** What the other pulls as itself. @default nothing */
  machine?: Pick<AsItself, "login" | "images" | "patience">;
  progress: Progress;
}

/**
 * Has another machine pull the images that it lacks and only a login gets: its own, else this machine's. Either is there
 * while it pulls and no longer, and never in the stack's state; what everybody may read is left to the docker provider.
 */
export async function pullThere(
  images: readonly string[],
  connection: Connection,
  { login, machine, progress }: PullOptions,
): Promise<void> {
  const registries = [...new Set(images.map(registryOf))];
  const logins = await Promise.all(
    registries.map(async (registry) => [registry, (await login(registry))?.credentials] as const),
  );
  const known = new Map(
    logins.flatMap(([registry, one]) => (one === undefined ? [] : [[registry, one] as const])),
  );
  const isKnown = (image: string): boolean => known.has(registryOf(image));
  const own = machine && { ...machine, elsewise: machine.images.filter(isKnown) };
  const closed = images.filter((image) => isKnown(image) || own?.images.includes(image));
  if (closed.length === 0) return;
  const step = progress.step(`images on ${connection.target.address}`);
  try {
    const pulled = await remote(connection, pullScript(closed, own), {
      input: dockerConfig(known),
      deadline: 3600,
      onLine: (line) => {
        step.note(`pulling ${line}`);
      },
    });
    if (pulled.trim() === "") step.skip("all there");
    else step.done(`pulled ${pulled.trim().split("\n").length} with a login`);
  } catch (error) {
    const plain = plainly(error);
    step.fail(plain instanceof Error ? plain.message : String(plain));
    throw plain;
  }
}

function registryOf(image: string): string {
  return parseReference(image).registry;
}

/** What the script says itself, without the command that it was. */
function plainly(error: unknown): unknown {
  const words =
    error instanceof Error ? /images: \S+ must be one that the machine[^\n]*/.exec(error.message) : null;
  return words === null ? error : new PlainError(words[0]);
}

/** https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties */
export function dockerConfig(logins: ReadonlyMap<string, Credentials>): string {
  const auths = [...logins].map(([registry, { username = "", password = "", identitytoken }]) => [
    registry === dockerHub ? dockerHubServer : registry,
    identitytoken === undefined
      ? { auth: Buffer.from(`${username}:${password}`).toString("base64") }
      : { identitytoken },
  ]);
  return JSON.stringify({ auths: Object.fromEntries(auths) as object });
}
