import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, resolve } from "node:path";
import { SettingsError, show, showKey } from "../../lib/problems.ts";
import { sourceImage } from "../../lib/sourceImage.ts";
import { folderHash, type SourceFolder } from "./context.ts";
import type { BuildSettings } from "./schema.ts";

/** An image that is built of a folder of this machine. */
export interface SourceBuild extends SourceFolder {
  /** Its name, which says what it is made of: another one for every change. */
  reference: string;
  target?: string;
  args: Readonly<Record<string, string>>;
  platform?: string;
  /** Files by id. */
  secrets: Readonly<Record<string, string>>;
  /** Whether other machines pull it from the registry that its name says. @default it is sent to them */
  pushed?: true;
}

/**
 * The builds of services, by service; a relative path begins at `folder`. Throws {@link SettingsError} for what isn't
 * there.
 */
export async function sourceBuilds(
  builds: Readonly<Record<string, BuildSettings>>,
  folder: string,
): Promise<Record<string, SourceBuild>> {
  const placed = Object.entries(builds).map(
    ([service, settings]) => [service, place(settings, folder)] as const,
  );
  const problems = await Promise.all(placed.map(([service, one]) => problemsOf(service, one)));
  if (problems.flat().length > 0) throw new SettingsError(problems.flat());
  // Services of one image are hashed once.
  const hashes = new Map<string, Promise<string>>();
  const hashOf = (one: Placed): Promise<string> => {
    const key = JSON.stringify([one.context, one.dockerfile]);
    const known = hashes.get(key) ?? folderHash(one);
    hashes.set(key, known);
    return known;
  };
  const found = placed.map(async ([service, one]) => [service, named(one, await hashOf(one))] as const);
  return Object.fromEntries(await Promise.all(found));
}

type Placed = Omit<SourceBuild, "reference" | "pushed"> & Pick<BuildSettings, "push">;

function place(
  { build, dockerfile = "Dockerfile", target, args = {}, platform, secrets = {}, push }: BuildSettings,
  folder: string,
): Placed {
  const context = resolve(folder, build);
  const files = Object.entries(secrets).map(([id, file]) => [
    id,
    resolve(folder, file.replace(/^~(?=\/)/, homedir())),
  ]);
  return {
    context,
    dockerfile: resolve(context, dockerfile),
    args,
    secrets: Object.fromEntries(files) as Record<string, string>,
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
    ...(push !== undefined && { push }),
  };
}

async function problemsOf(service: string, { context, dockerfile, secrets }: Placed): Promise<string[]> {
  const there = (path: string, kind: "isFile" | "isDirectory"): Promise<boolean> =>
    stat(path).then(
      (found) => found[kind](),
      () => false,
    );
  if (!(await there(context, "isDirectory")))
    return [`images.${service}.build: must be a folder, got ${show(context)}`];
  const missing = await Promise.all(
    Object.entries(secrets).map(async ([id, file]) =>
      (await there(file, "isFile"))
        ? []
        : [`images.${service}.secrets.${showKey(id)}: must be a file, got ${show(file)}`],
    ),
  );
  const none = (await there(dockerfile, "isFile"))
    ? []
    : [`images.${service}.dockerfile: must be a file, got ${show(dockerfile)}`];
  return [...none, ...missing.flat()];
}

function named({ push, ...one }: Placed, folder: string): SourceBuild {
  const { target, args, platform } = one;
  const whole = JSON.stringify([folder, target, Object.entries(args).sort(), platform]);
  const hash = createHash("sha256").update(whole).digest("hex").slice(0, 16);
  if (push !== undefined) return { ...one, reference: `${push}:${hash}`, pushed: true };
  return { ...one, reference: sourceImage(basename(one.context), hash) };
}
