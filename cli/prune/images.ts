import type { ContainerInfo, ImageInfo } from "dockerode";
import { parseReference, plainName } from "../../lib/reference.ts";
import { namesOf } from "../docker/imageNames.ts";
import type { PastRun, Ran } from "./history.ts";
import type { Named } from "./named.ts";

/** An image that the stack ran once and that nothing needs any more. */
export interface OldImage {
  id: string;
  /** Tags, then digests it was pulled by. */
  names: readonly string[];
  services: readonly string[];
  /** When a run last left it in use. */
  last: Date;
  /** Of the whole image; layers that it shares with others stay. */
  bytes: number;
}

/**
 * Ids of what runs now or was left by the last run, a failed one too, and of what a way back over so many releases
 * takes. It goes by containers: each has one image at a time, so that of a release is among the last so many of its.
 */
export function neededFor(runs: readonly PastRun[], now: readonly Ran[], releases: number): Set<string> {
  const whole = runs.filter(({ well }) => well).map(({ ran }) => imagesBy(ran));
  const present = imagesBy(now);
  const containers = new Set(whole.flatMap((images) => [...images.keys()]));
  const kept = [...containers].flatMap((container) =>
    keptOf(
      whole.flatMap((images) => images.get(container) ?? []),
      present.get(container),
      releases,
    ),
  );
  const left = [...now, ...(runs.at(-1)?.ran ?? [])].map(({ image }) => image);
  return new Set([...kept, ...left]);
}

function imagesBy(ran: readonly Ran[]): ReadonlyMap<string, string> {
  return new Map(ran.map(({ container, image }) => [container, image]));
}

/**
 * Of a container's images, oldest first: all since the one that runs now was there first, and so many others before
 * that. A way back taken twice leads further back, so it begins there (`chosenRelease`).
 */
function keptOf(images: readonly string[], present: string | undefined, releases: number): string[] {
  const first = present === undefined ? -1 : images.indexOf(present);
  const begin = first === -1 ? images.length : first;
  const earlier = [...new Set(images.slice(0, begin).toReversed())];
  // What no run that went well has left, or what isn't there any more, is no release: the last one counts as present.
  return [...images.slice(begin), ...earlier.slice(0, first === -1 ? releases + 1 : releases)];
}

export interface Engine {
  images: readonly ImageInfo[];
  /** All of them, whoever's they are, running or not. */
  containers: readonly Pick<ContainerInfo, "ImageID">[];
  /** Ids and names that services of its swarm run and ran before, on whichever machine. @default none */
  spread?: ReadonlySet<string>;
}

/** What the stack's own history shows to be its own, and neither a container, nor a way back, nor a file needs. */
export function oldImages(
  runs: readonly PastRun[],
  { images, containers, spread = new Set() }: Engine,
  needed: ReadonlySet<string>,
  named: Named,
): OldImage[] {
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  return images
    .filter((image) => !needed.has(image.Id) && !used.has(image.Id) && !isNamed(image, named))
    .filter((image) => ![image.Id, ...namesOf(image)].some((name) => spread.has(name)))
    .flatMap((image): OldImage[] => {
      const ran = runs.filter((run) => run.ran.some((one) => one.image === image.Id));
      const last = ran.at(-1)?.ended;
      if (last === undefined) return [];
      const own = ran.flatMap((run) => run.ran).filter((one) => one.image === image.Id);
      const services = [...new Set(own.map(({ service }) => service))].sort();
      return [{ id: image.Id, names: namesOf(image), services, last, bytes: image.Size }];
    })
    .sort((a, b) => a.last.getTime() - b.last.getTime());
}

/** Whether a file means it: by its id, by a tag that it has, or by a digest that it was pulled by. */
function isNamed(image: ImageInfo, { tags, digests }: Named): boolean {
  if (digests.has(image.Id)) return true;
  return namesOf(image).some((name) => {
    const reference = parseReference(name);
    return reference.digest === undefined ? tags.has(plainName(reference)) : digests.has(reference.digest);
  });
}
