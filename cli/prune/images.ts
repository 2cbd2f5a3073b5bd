import type { ContainerInfo, ImageInfo } from "dockerode";
import type { PastRun } from "./history.ts";

/** An image that the stack ran once and that nothing needs any more. */
export interface OldImage {
  id: string;
  /** A name it has, or its id. */
  image: string;
  services: readonly string[];
  /** When a run last left it in use. */
  last: Date;
  /** Of the whole image; layers that it shares with others stay. */
  bytes: number;
}

/**
 * Ids of what a way back over so many releases takes: of the newest one, of as many others before it, and of whatever
 * the last run left, a failed one too. Releases are the same where they run the same images.
 */
export function neededFor(runs: readonly PastRun[], releases: number): Set<string> {
  const whole = runs.filter((run) => run.whole && run.images.size > 0).toReversed();
  // A map keeps the order in which its keys came first: the newest release first.
  const byContent = new Map(whole.map(({ images }) => [contentOf(images), images]));
  const kept = [...byContent.values()].slice(0, releases + 1);
  return new Set([...kept, runs.at(-1)?.images].flatMap((images) => [...(images?.keys() ?? [])]));
}

function contentOf(images: PastRun["images"]): string {
  return JSON.stringify([...images].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export interface Engine {
  images: readonly ImageInfo[];
  /** All of them, whoever's they are, running or not. */
  containers: readonly Pick<ContainerInfo, "ImageID">[];
}

/** What the stack's own history shows to be its own, and neither a container, nor a way back, nor its settings need. */
export function oldImages(
  runs: readonly PastRun[],
  { images, containers }: Engine,
  needed: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
): OldImage[] {
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  return images
    .flatMap((one): OldImage[] => {
      const ran = runs.filter((run) => run.images.has(one.Id));
      const last = ran.at(-1)?.time;
      const names = namesOf(one);
      if (last === undefined || needed.has(one.Id) || used.has(one.Id)) return [];
      if (names.some((name) => wanted.has(name))) return [];
      const services = [...new Set(ran.flatMap((run) => run.images.get(one.Id) ?? []))].sort();
      return [{ id: one.Id, image: names[0] ?? one.Id, services, last, bytes: one.Size }];
    })
    .sort((a, b) => a.last.getTime() - b.last.getTime());
}

/** Tags, then digests it was pulled by. Old engines say `<none>`, or null, whatever the types say. */
function namesOf({ RepoTags, RepoDigests }: Pick<ImageInfo, "RepoTags" | "RepoDigests">): string[] {
  const names = [RepoTags, RepoDigests].flatMap((list) => (list as string[] | null | undefined) ?? []);
  return names.filter((name) => !name.startsWith("<none>"));
}
