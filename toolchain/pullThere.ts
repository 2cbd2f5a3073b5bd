import type { Connection } from "../components/ssh/connection.ts";
import { remote } from "../components/ssh/session.ts";
import type { FindLogin } from "./images/auth.ts";
import { dockerHubServer, type Credentials } from "./images/dockerConfig.ts";
import { dockerHub, parseReference } from "../lib/reference.ts";
import type { Progress } from "./progress.ts";

/**
 * Has another machine pull the images that it lacks and only a login gets. The login is there while it pulls and no
 * longer, and never in the stack's state; what everybody may read is left to the docker provider.
 */
export async function pullThere(
  images: readonly string[],
  connection: Connection,
  login: FindLogin,
  progress: Progress,
): Promise<void> {
  const registries = [...new Set(images.map((image) => parseReference(image).registry))];
  const logins = await Promise.all(
    registries.map(async (registry) => [registry, (await login(registry))?.credentials] as const),
  );
  const known = new Map(
    logins.flatMap(([registry, one]) => (one === undefined ? [] : [[registry, one] as const])),
  );
  const closed = images.filter((image) => known.has(parseReference(image).registry));
  if (closed.length === 0) return;
  const step = progress.step(`images on ${connection.target.address}`);
  try {
    const pulled = await remote(connection, pullScript(closed), {
      input: dockerConfig(known),
      deadline: 3600,
      onLine: (line) => {
        step.note(`pulling ${line}`);
      },
    });
    if (pulled.trim() === "") step.skip("all there");
    else step.done(`pulled ${pulled.trim().split("\n").length} with a login`);
  } catch (error) {
    step.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** Reads Docker's config from stdin, and names each image that it pulls. References hold nothing that a shell reads. */
export function pullScript(images: readonly string[]): string {
  return [
    'login=$(mktemp -d) && trap \'rm -rf "$login"\' EXIT && cat >"$login/config.json" || exit 1',
    `for image in ${images.join(" ")}; do`,
    '  docker image inspect "$image" >/dev/null 2>&1 && continue',
    '  echo "$image"',
    '  docker --config "$login" pull --quiet "$image" >/dev/null || exit 1',
    "done",
  ].join("\n");
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
