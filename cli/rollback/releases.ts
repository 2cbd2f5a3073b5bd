import { isMap } from "../overrides.ts";
import { Refusal } from "../refusal.ts";
import {
  taskSpecOf,
  wantedContainers,
  wantedServices,
  type Checkpoint,
  type StateResource,
} from "../state/checkpoint.ts";
import type { History } from "./history.ts";

/** Application → the image it runs, by id or by a reference with a digest. */
export type Images = Readonly<Record<string, string>>;

/** What applications ran from one run of `up` on, until another gave one of them another image. */
export interface Release {
  /** That of the run. */
  number: number;
  began: Date;
  images: Images;
}

export interface Releases {
  /** Oldest first. */
  releases: Release[];
  now: Images;
  /** The newest run didn't end well: what runs now may be any part of it, or none. */
  failed: boolean;
}

/** The images that a stack's state has its applications run, where it names them. */
export function imagesIn(checkpoint: Checkpoint, isApplication: (service: string) => boolean): Images {
  const containers = wantedContainers(checkpoint).filter(({ inputs = {} }) => !isDeveloped(inputs));
  const running = [
    ...containers.map(({ service, inputs }) => [service, inputs?.image] as const),
    ...wantedServices(checkpoint).map((one) => [one.service, taskSpecOf(one).image] as const),
  ];
  return Object.fromEntries(
    running.filter((one): one is [string, string] => isApplication(one[0]) && typeof one[1] === "string"),
  );
}

/** It runs a folder of a person's, the only kind that it may but read, and its image is the tools for that. */
function isDeveloped({ mounts }: NonNullable<StateResource["inputs"]>): boolean {
  const all: unknown[] = Array.isArray(mounts) ? mounts : [];
  return all.some((mount) => isMap(mount) && mount.type === "bind" && mount.readOnly === true);
}

/** Oldest first. Of one that may have begun before what was read nothing is said, unless it is the only one. */
export function releasesIn({ runs, whole }: History, isApplication: (service: string) => boolean): Release[] {
  const releases = releasesAmong(
    runs.map(({ number, ended, checkpoint }) => ({
      number,
      began: ended,
      images: imagesIn(checkpoint, isApplication),
    })),
  );
  return whole || releases.length === 1 ? releases : releases.slice(1);
}

/** Of what ran after each run, oldest first. An application that came without another image is of the same release. */
export function releasesAmong(runs: readonly Release[]): Release[] {
  const releases: Release[] = [];
  for (const run of runs.filter(({ images }) => Object.keys(images).length > 0)) {
    const last = releases.at(-1);
    if (last === undefined || changedBetween(last.images, run.images).length > 0) releases.push({ ...run });
    else last.images = { ...last.images, ...run.images };
  }
  return releases;
}

/** Applications that both have and that run another image in the second. */
export function changedBetween(before: Images, after: Images): string[] {
  return sharedBy(before, after).filter((service) => meaning(before[service]) !== meaning(after[service]));
}

/** Whether all applications that are in both run the same. */
export function isSame(one: Images, other: Images): boolean {
  return sharedBy(one, other).length > 0 && changedBetween(one, other).length === 0;
}

function sharedBy(one: Images, other: Images): string[] {
  return Object.keys(other)
    .filter((service) => one[service] !== undefined)
    .sort();
}

/** A digest means the same image under every name. */
function meaning(image = ""): string {
  return image.slice(image.indexOf("@") + 1);
}

/** The release to go back to: the one of that number, else the previous one. Throws {@link Refusal}. */
export function chosenRelease(record: Releases, wanted?: string): Release {
  if (wanted !== undefined) return named(record, wanted);
  const found = previousRelease(record);
  if (found !== undefined) return found;
  throw new Refusal([
    "rollback: must have a release before the one that runs, got none; berth rollback --list says which there are",
  ]);
}

/**
 * After a run that failed the last release, which went well; else the last that is earlier than what runs now. What runs
 * now is where it was first, so that a way back taken twice leads further back and not forth again.
 */
export function previousRelease({ releases, now, failed }: Releases): Release | undefined {
  return failed ? releases.at(-1) : earlierThan(now, releases);
}

function earlierThan(now: Images, releases: readonly Release[]): Release | undefined {
  const first = releases.findIndex(({ images }) => isSame(now, images));
  const earlier = first === -1 ? releases : releases.slice(0, first);
  return earlier.findLast(({ images }) => changedBetween(now, images).length > 0);
}

/**
 * What a release gives `services`: where they run other images, and after a run that failed all of them, as some of their
 * containers may be new ones, and the settings name what failed.
 */
export function imagesFor(
  { now, failed }: Releases,
  { images }: Release,
  services: readonly string[],
): Record<string, string> {
  const given = failed ? Object.keys(images).sort() : changedBetween(now, images);
  return Object.fromEntries(
    given.filter((service) => services.includes(service)).map((service) => [service, images[service] ?? ""]),
  );
}

function named({ releases, now, failed }: Releases, wanted: string): Release {
  const found = releases.find(({ number }) => String(number) === wanted);
  if (found === undefined) {
    const known = releases.map(({ number }) => number).join(", ");
    throw new Refusal([`rollback: must be one of ${known || "none"}, got "${wanted}"`]);
  }
  if (failed || changedBetween(now, found.images).length > 0) return found;
  throw new Refusal([`rollback: must be a release with another image than what runs, got ${found.number}`]);
}
