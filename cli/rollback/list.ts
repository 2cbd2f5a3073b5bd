import type Docker from "dockerode";
import type { Session } from "../session.ts";
import { lookForImages } from "./kept.ts";
import { previousRelease, type Releases } from "./releases.ts";
import { releaseTable, type Listed } from "./text.ts";

const shown = 10;

/** Says which releases there are, the last ten, which of their images are gone, and which is the next to go back to. */
export async function sayReleases(
  { output, stack }: Session,
  dockers: readonly Docker[],
  { releases, now, failed }: Releases,
  spread: readonly string[],
): Promise<void> {
  const listed = await Promise.all(
    releases.slice(-shown).map(async (release): Promise<Listed> => {
      const before = releases[releases.indexOf(release) - 1]?.images;
      const { gone } = await lookForImages(dockers, stack.name, release.images, spread);
      return { ...release, before: before ?? {}, gone };
    }),
  );
  const next = previousRelease({ releases, now, failed });
  if (output.json) output.emit({ stack: stack.name, now, next: next?.number ?? null, releases: listed });
  else for (const line of releaseTable(listed, now, next)) output.say(line);
}
