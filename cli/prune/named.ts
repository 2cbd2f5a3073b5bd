import { imagesOf } from "../../stack/imagesOf.ts";
import { parseReference, plainName } from "../../lib/reference.ts";
import { readLock, type Locked } from "../../toolchain/registry/lockFile.ts";
import type { Settings } from "../../settings.ts";
import { describedStacks } from "../lock/images.ts";
import { systemNamed } from "../../systems/index.ts";
import { isMap, settingsOf } from "../overrides.ts";
import { readStack } from "../project.ts";

/** What files name, as engines call it. */
export interface Named {
  /** Plain names with their tags. */
  tags: ReadonlySet<string>;
  /** And ids, which look alike. */
  digests: ReadonlySet<string>;
}

/**
 * What a stack's settings name, the file of a system of its owner's (for which settings may have another image),
 * `images` of every stack file in the checkout, and the lock file. Of the other stacks the files are read and not their
 * settings: another's wrong value is no reason not to prune this one, though a file that can't be read is. Throws
 * `Refusal`.
 */
export async function namedImages(settings: Settings): Promise<Named> {
  const others = await Promise.all((await describedStacks()).map(readStack));
  const given = others.flatMap(({ config }) => {
    const { images } = settingsOf(config);
    return Object.values(isMap(images) ? images : {}).filter((image) => typeof image === "string");
  });
  const own = systemNamed(settings.definition.name) !== settings.definition;
  const rows = own ? Object.values(settings.definition.services) : [];
  const defined = rows.flatMap(({ image, developmentImage }) =>
    developmentImage === undefined ? [image] : [image, developmentImage],
  );
  return namedBy([...imagesOf(settings, true), ...defined, ...given], readLock());
}

/** Of a tag that is locked, what it is locked to and what has the tag now both stay. */
export function namedBy(references: readonly string[], locked: Locked): Named {
  const parsed = [...references, ...locked.keys()].map(parseReference);
  const digests = parsed.flatMap(({ digest }) => (digest === undefined ? [] : [digest]));
  const ids = references.filter((reference) => reference.startsWith("sha256:"));
  const tags = parsed.filter(({ digest }) => digest === undefined).map(plainName);
  return { tags: new Set(tags), digests: new Set([...digests, ...ids, ...locked.values()]) };
}
