import Dockerode from "dockerode";
import type { Progress } from "../progress.ts";
import type { GivenLogins } from "../../lib/logins.ts";
import { reasonOf } from "./engine.ts";
import { ImageRun, type ImageOptions } from "./run.ts";

export { recipes } from "./recipes.ts";

/**
 * Makes sure the engine has every image, under the name given: it has it already, else it is pulled, else it
 * comes from the mirror and gets its plain name, else it is built from distribution packages.
 * Those that are dispensable may be missing in the end.
 * @returns what is missing
 * @throws one Error that names each other image that couldn't be had, each way that was tried, and why it failed
 */
export async function ensureImages(
  progress: Progress,
  references: string[],
  options: {
    mirror?: string;
    logins?: GivenLogins;
    docker?: Dockerode;
    dispensable?: readonly string[];
  } = {},
): Promise<string[]> {
  const settings: ImageOptions = { ...options, docker: options.docker ?? new Dockerode() };
  const run = new ImageRun(progress, settings);
  const wanted = [...new Set(references)];
  const results = await Promise.allSettled(wanted.map((reference) => run.ensure(reference)));
  const { dispensable = [] } = options;
  const failed = wanted.flatMap((reference, index) => {
    const result = results[index];
    return result?.status === "rejected" ? [{ reference, reason: reasonOf(result.reason) }] : [];
  });
  const failures = failed.filter(({ reference }) => !dispensable.includes(reference));
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("\n"));
  return failed.map(({ reference }) => reference);
}
