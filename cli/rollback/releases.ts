import { Refusal } from "../refusal.ts";
import { wantedContainers, type Checkpoint } from "../state/checkpoint.ts";
import type { History } from "./history.ts";

/** Application → id of the image it runs. */
export type Images = Readonly<Record<string, string>>;

/** What applications ran from one run of `up` on, until another gave one of them another image. */
export interface Release {
  /** That of the run. */
  number: number;
  began: Date;
  images: Images;
}

/** The images that a stack's state has its applications run, where it names them. */
export function imagesIn(checkpoint: Checkpoint, isApplication: (service: string) => boolean): Images {
  const running = wantedContainers(checkpoint).flatMap(({ service, inputs }) =>
    isApplication(service) && typeof inputs?.image === "string" ? [[service, inputs.image] as const] : [],
  );
  return Object.fromEntries(running);
}

/** Oldest first. Of one that may have begun before what was read nothing is said. */
export function releasesIn({ runs, whole }: History, isApplication: (service: string) => boolean): Release[] {
  const all = runs
    .map(({ number, ended, checkpoint }) => ({
      number,
      began: ended,
      images: imagesIn(checkpoint, isApplication),
    }))
    .filter(({ images }) => Object.keys(images).length > 0);
  const releases = all.filter(
    ({ images }, index) => index === 0 || changedBetween(all[index - 1]?.images ?? {}, images).length > 0,
  );
  return whole ? releases : releases.slice(1);
}

/** Applications that both have and that run another image in the second. */
export function changedBetween(before: Images, after: Images): string[] {
  return Object.keys(after)
    .filter((service) => before[service] !== undefined && before[service] !== after[service])
    .sort();
}

/**
 * The release to go back to: the one of that number, else the last that is earlier than what runs now. What runs now is
 * where it was first, so that a way back taken twice leads further back and not forth again. Throws {@link Refusal}.
 */
export function chosenRelease(releases: readonly Release[], now: Images, wanted?: string): Release {
  if (wanted !== undefined) return named(releases, now, wanted);
  const first = releases.findIndex(({ images }) => isSame(images, now));
  const earlier = first === -1 ? releases : releases.slice(0, first);
  const found = earlier.findLast(({ images }) => changedBetween(now, images).length > 0);
  if (found !== undefined) return found;
  throw new Refusal([
    "rollback: must have a release before the one that runs, got none; berth rollback --list says which there are",
  ]);
}

function named(releases: readonly Release[], now: Images, wanted: string): Release {
  const found = releases.find(({ number }) => String(number) === wanted);
  if (found === undefined) {
    const known = releases.map(({ number }) => number).join(", ");
    throw new Refusal([`rollback: must be one of ${known || "none"}, got "${wanted}"`]);
  }
  if (changedBetween(now, found.images).length > 0) return found;
  throw new Refusal([`rollback: must be a release with another image than what runs, got ${found.number}`]);
}

export function isSame(one: Images, other: Images): boolean {
  const services = Object.keys(one);
  return (
    services.length === Object.keys(other).length &&
    services.every((service) => one[service] === other[service])
  );
}
