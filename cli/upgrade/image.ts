import { inspectImage } from "../../toolchain/images/engine.ts";
import { byDigest, digestFor, readLock } from "../../toolchain/registry/lockFile.ts";
import { showSteps } from "../board/steps.ts";
import { Refusal, reasonOf } from "../refusal.ts";
import { answerOf } from "./job.ts";
import type { DatabasePlace } from "./place.ts";
import { versionIn } from "./versions.ts";

/** The id of an image on the database's machine, which gets it where it lacks it. Throws {@link Refusal}. */
export async function imageFor(
  { docker, session, settings: { mirror, logins } }: DatabasePlace,
  reference: string,
): Promise<string> {
  const digest = digestFor(reference, readLock());
  const pulled = digest === undefined ? reference : byDigest(reference, digest);
  const find = async () => (await inspectImage(docker, pulled)) ?? (await inspectImage(docker, reference));
  const present = await find();
  if (present !== undefined) return present.id;
  const { ensureImages } = await import("../../toolchain/images/index.ts");
  const steps = showSteps(session.output);
  try {
    await ensureImages(steps.progress, [pulled], { mirror, logins, docker });
  } catch (error) {
    throw new Refusal(reasonOf(error).split("\n"));
  } finally {
    steps.stop();
  }
  const made = await find();
  if (made === undefined)
    throw new Refusal([`--image: must be an image that the machine can have, got "${reference}"`]);
  return made.id;
}

/** Which PostgreSQL an image holds; nothing where it has none. */
export async function versionOf(place: DatabasePlace, image: string): Promise<string | undefined> {
  return versionIn(await answerOf(place, image, "postgres --version || :"));
}

/** How settings name what a container runs, which it knows by id alone. */
export async function referenceOf({ docker, model }: DatabasePlace): Promise<string> {
  const { RepoTags, RepoDigests } = await docker.getImage(model.Image).inspect();
  return nameAmong(RepoTags, RepoDigests) ?? model.Image;
}

/** Old engines say `<none>`, or null, whatever the types say. */
export function nameAmong(...lists: (readonly string[] | null)[]): string | undefined {
  return lists.flatMap((list) => list ?? []).find((name) => !name.startsWith("<none>"));
}
