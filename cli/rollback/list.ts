import type Docker from "dockerode";
import type { Session } from "../session.ts";
import { lookForImages } from "./kept.ts";
import type { Images, Release } from "./releases.ts";
import { releaseTable, type Listed } from "./text.ts";

const shown = 10;

/** Says which releases there are, the last ten, and which of their images are gone. */
export async function sayReleases(
  { output, stack }: Session,
  dockers: readonly Docker[],
  releases: readonly Release[],
  now: Images,
  spread: readonly string[],
): Promise<void> {
  const listed = await Promise.all(
    releases.slice(-shown).map(async (release): Promise<Listed> => {
      const before = releases[releases.indexOf(release) - 1]?.images;
      const { gone } = await lookForImages(dockers, stack.name, release.images, spread);
      return { ...release, before: before ?? {}, gone };
    }),
  );
  if (output.json) output.emit({ stack: stack.name, now, releases: listed });
  else for (const line of releaseTable(listed, now)) output.say(line);
}
