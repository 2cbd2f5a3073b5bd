import { readdir } from "node:fs/promises";
import { imagesOf } from "../../stack/imagesOf.ts";
import type { GivenLogins } from "../../lib/logins.ts";
import { parseReference, plainName } from "../../lib/reference.ts";
import { isReleaseImage } from "../../lib/releaseImage.ts";
import { isBuiltHere, recipes } from "../../toolchain/images/recipes.ts";
import { openHome } from "../home.ts";
import type { Output } from "../output.ts";
import { checkSettings } from "../preflight/settings.ts";
import { readStack, root, withArguments, type StackFile } from "../project.ts";
import { Refusal } from "../refusal.ts";
import { revealed } from "../stackFile/revealed.ts";

/** Images to lock, and the settings of the registries that have them. */
export interface Wanted {
  /** Plain names, of tags alone. */
  names: string[];
  mirror?: string;
  logins: GivenLogins;
}

/** The stacks that are meant: the one that is named, else each that has a file. */
export async function stacksFor(
  output: Output,
  named: string | undefined,
  config: readonly string[],
): Promise<StackFile[]> {
  const names = named === undefined ? await describedStacks() : [named];
  const home = await openHome();
  return await Promise.all(
    names.map(async (name) => {
      const written = await withArguments(await readStack(name), config);
      return (await revealed({ output, home, stack: written })).stack;
    }),
  );
}

/** Names of the stacks that have a file in the checkout. */
export async function describedStacks(): Promise<string[]> {
  const files = await readdir(root);
  return files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).toSorted();
}

/** What a stack runs by tag, but for what is built here and nowhere else. Throws {@link Refusal}. */
export async function wantedBy(stack: StackFile): Promise<Wanted> {
  const { settings, problems } = await checkSettings(stack, { ended: true });
  if (settings === undefined)
    throw new Refusal(problems.map((problem) => `stack "${stack.name}": ${problem}`));
  const built = new Set(Object.values(settings.sources).map(({ reference }) => reference));
  const parsed = imagesOf(settings, true)
    .filter((reference) => !built.has(reference) && !isReleaseImage(reference))
    .map(parseReference);
  const names = parsed.filter(({ digest }) => digest === undefined).map(plainName);
  return {
    names: names.filter((name) => !isBuiltHere(recipes[name])),
    mirror: settings.mirror,
    logins: settings.logins,
  };
}
