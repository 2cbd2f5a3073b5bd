import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import { likeService } from "../docker/oneOff.ts";
import { Refusal } from "../refusal.ts";
import { runScratch } from "../restore/scratch.ts";
import { otherOwner, ownerLabels, ownerProblem } from "./owner.ts";
import type { DatabasePlace } from "./place.ts";

type Model = Pick<ContainerInspectInfo, "Name" | "Config" | "HostConfig" | "Image">;

/** PGDATA of a server. Throws {@link Refusal} where nothing can be kept beside it. */
export function clusterOf({ Config, HostConfig }: Model): string {
  const [path = ""] = Config.Env.flatMap((line) => (line.startsWith("PGDATA=") ? [line.slice(7)] : []));
  const targets = (HostConfig.Mounts ?? []).map(({ Target }) => Target);
  const below = targets.some((target) => path.startsWith(`${target}/`));
  if (below && !targets.includes(path)) return path;
  throw new Refusal([
    `PGDATA: must be a folder inside the volume, for other data is kept beside it, got "${path}"`,
  ]);
}

/**
 * A container with a server's volumes and limits that runs a script in any image and reaches nobody. Its name is one, so
 * that what a killed command has left is found. Of the server's variables it has one: others are of the server's image.
 */
export function databaseJob(
  model: Model,
  image: string,
  script: string,
  words: readonly string[] = [],
): ContainerCreateOptions {
  const like = likeService(model, ["/bin/sh", "-c", script, "postgres-upgrade", ...words], false);
  return {
    ...like,
    name: `${model.Name.replace(/^\//, "")}-upgrade`,
    Image: image,
    Labels: { ...like.Labels, ...ownerLabels() },
    Env: [`PGDATA=${clusterOf(model)}`],
    ...{ OpenStdin: false, StdinOnce: false, AttachStdin: false },
    HostConfig: { ...like.HostConfig, NetworkMode: "none", ExtraHosts: [], Init: true },
  };
}

/**
 * Runs such a container; `ending` kills it. Returns its exit code. Throws {@link Refusal} where one of another machine's
 * command runs, which the lock of this one doesn't keep away.
 */
export async function runDatabaseJob(
  { docker, session }: Pick<DatabasePlace, "docker" | "session">,
  job: ContainerCreateOptions,
  write: (line: string) => void,
  ending?: AbortSignal,
): Promise<number> {
  const name = job.name ?? "";
  const left = docker.getContainer(name);
  const found = await left.inspect().catch(unlessNone);
  const owner = found?.State.Running ? await otherOwner(found.Config.Labels) : undefined;
  if (owner !== undefined) throw new Refusal([ownerProblem(session.stack.name, name, owner)]);
  if (found !== undefined) await left.remove({ force: true }).catch(unlessNone);
  return runScratch(docker, job, write, ending);
}

function unlessNone(error: unknown): undefined {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error;
}

/** What a script answers. Throws {@link Refusal} with its last line where it fails. */
export async function answerOf(
  place: DatabasePlace,
  image: string,
  script: string,
  words: readonly string[] = [],
): Promise<string[]> {
  const lines: string[] = [];
  const code = await runDatabaseJob(place, databaseJob(place.model, image, script, words), (line) => {
    lines.push(line);
  });
  if (code === 0) return lines;
  throw new Refusal([lines.at(-1) ?? `upgrade: must end with 0 in ${image}, got ${code}`]);
}
