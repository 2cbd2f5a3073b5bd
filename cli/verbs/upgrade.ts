import { agree } from "../agree.ts";
import { backupCommand } from "../backup/command.ts";
import { openBackups } from "../backup/place.ts";
import { streamed } from "../docker/stream.ts";
import { interruptedCode } from "../interrupt.ts";
import { isMap, settingsOf } from "../overrides.ts";
import { Refusal } from "../refusal.ts";
import { openSession, type CommonOptions } from "../session.ts";
import { bytes } from "../units.ts";
import { applicationsOf, exchange, namesOf, type Exchange } from "../upgrade/exchange.ts";
import { imageFor, referenceOf, versionOf } from "../upgrade/image.ts";
import { answerOf } from "../upgrade/job.ts";
import { openDatabase, type DatabasePlace } from "../upgrade/place.ts";
import { shelfScript } from "../upgrade/scripts.ts";
import { fileOf, writeImage } from "../upgrade/setting.ts";
import {
  checkBackupImage,
  endable,
  majorOf,
  movable,
  returnable,
  shelfIn,
  versionIn,
  type Data,
  type Shelf,
} from "../upgrade/versions.ts";
import { notRunning } from "./inside.ts";
import { upFull } from "./upFull.ts";

export interface UpgradeOptions extends CommonOptions {
  image?: string;
  back?: boolean;
  finish?: boolean;
  yes?: boolean;
}

/** Moves a database's data to another major version, back again, or ends the way back. Returns the exit code. */
export async function upgrade(
  what: string,
  service: string | undefined,
  options: UpgradeOptions,
): Promise<number> {
  if (what !== "postgres") throw new Refusal([`upgrade: must be postgres, got "${what}"`]);
  if (options.back && options.finish) throw new Refusal(["upgrade: must go --back or --finish, got both"]);
  const place = await openDatabase(service, options, options.finish !== true);
  const shelf = shelfIn(await answerOf(place, place.model.Image, shelfScript(), ["look"]));
  if (options.finish) return await finish(place, shelf, options);
  return await (options.back ? goBack : move)(place, shelf, options);
}

/** To the version of the image that settings name, or `--image`. */
async function move(place: DatabasePlace, shelf: Shelf, options: UpgradeOptions): Promise<number> {
  const { session, settings, service, container } = place;
  if (container.State !== "running")
    throw new Refusal([notRunning(service, session.stack.name, [container])]);
  const reference = options.image ?? settings.services[service]?.image ?? "";
  if (options.image !== undefined) fileOf(session, service);
  const image = await imageFor(place, reference);
  const version = await versionOf(place, image);
  const data = movable(shelf, { service, reference, version });
  await checkBackups(place, version ?? "");
  const stops = `stops ${stoppedBy(place)} while ${titleOf(data)} is copied for ${reference}`;
  await agree("upgrade", `${stops}; the old data is kept`, options.yes ?? false);
  const work = { copyFor: image, next: "part", used: data.version, former: await referenceOf(place) };
  const write = options.image === undefined ? undefined : reference;
  return await released(place, { work, write, kept: data, options, prepare: () => backUp(place, options) });
}

/** Unless settings name an image for backups, they are made by the database's own. */
async function checkBackups(place: DatabasePlace, version: string): Promise<void> {
  const { settings, session } = place;
  const { images } = settingsOf(session.stack.config);
  const reference = settings.services.backup?.image;
  if (settings.backup === undefined || !isMap(images) || !("backup" in images) || reference === undefined)
    return;
  const lines = await answerOf(place, await imageFor(place, reference), "pg_dump --version || :");
  checkBackupImage(reference, versionIn(lines), version);
}

async function goBack(place: DatabasePlace, shelf: Shelf, options: UpgradeOptions): Promise<number> {
  const data = returnable(shelf);
  const { used } = shelf;
  const write = await imageBack(place, data, options.image);
  const later =
    used === undefined ? "" : `; what was written since is in ${titleOf(used)}, which is kept beside it`;
  const stops = `stops ${stoppedBy(place)} and returns to ${titleOf(data)} as it was left${later}`;
  await agree("upgrade", stops, options.yes ?? false);
  const work = { next: data.version, used: used?.version, former: await referenceOf(place) };
  return await released(place, { work, write, kept: used, options });
}

/** What the stack's file is to name for data that is kept; nothing where settings name an image of its version. */
async function imageBack(
  place: DatabasePlace,
  { version, image }: Data,
  wanted: string | undefined,
): Promise<string | undefined> {
  const { session, settings, service } = place;
  const reference = wanted ?? settings.services[service]?.image ?? "";
  const found = await versionOf(place, await imageFor(place, reference));
  if (found !== undefined && majorOf(found) === version) {
    if (wanted !== undefined) fileOf(session, service);
    return wanted;
  }
  if (wanted !== undefined || image === undefined)
    throw new Refusal([`--image: must name an image of PostgreSQL ${version}, got ${wanted ?? "none"}`]);
  fileOf(session, service);
  await imageFor(place, image);
  return image;
}

async function finish(place: DatabasePlace, shelf: Shelf, options: UpgradeOptions): Promise<number> {
  const { session, service, model } = place;
  const kept = endable(shelf);
  const what = kept.map(titleOf).join(" and ");
  await agree("upgrade", `deletes ${what} for good, and with it the way back`, options.yes ?? false);
  for (const { version } of kept) await answerOf(place, model.Image, shelfScript(), ["drop", version]);
  const { output, stack } = session;
  if (output.json) output.emit({ stack: stack.name, service, deleted: kept });
  else output.say(`deleted ${what}`);
  return 0;
}

interface Release {
  work: Exchange;
  /** Image that the stack's file is to name. @default what it names */
  write: string | undefined;
  /** What is put aside. */
  kept: Data | undefined;
  options: UpgradeOptions;
  /** Before anything stops. @default nothing */
  prepare?: () => Promise<void>;
}

/** Exchanges the data, and has the next run start all that was stopped, with the image that the data needs. */
async function released(
  place: DatabasePlace,
  { work, write, kept, options, prepare }: Release,
): Promise<number> {
  const { session, service, held } = place;
  const { output } = session;
  await prepare?.();
  if (!(await exchange(place, work))) return interruptedCode;
  if (write !== undefined) await writeImage(session, service, write);
  output.say(
    "the data is exchanged; should this run fail, berth up goes on, and another upgrade isn't needed",
  );
  const code = await upFull({
    session: await openSession(options),
    held,
    because: undefined,
    newEngine: false,
  });
  if (kept !== undefined)
    output.say(`${titleOf(kept)} is kept: berth upgrade postgres --back returns to it, --finish deletes it`);
  return code;
}

/** A backup first, where one is configured. */
async function backUp({ settings, session }: DatabasePlace, options: UpgradeOptions): Promise<void> {
  if (settings.backup === undefined) return;
  const { docker, container } = await openBackups(options);
  const code = await streamed(docker, container.Id, backupCommand("run"), session.output.say);
  if (code !== 0)
    throw new Refusal([
      "backup: must be complete before data is moved, got a failed one; berth backup says why",
    ]);
}

function stoppedBy(place: DatabasePlace): string {
  return [namesOf(applicationsOf(place)), place.service].filter((name) => name !== "").join(" and ");
}

function titleOf({ version, size }: Data): string {
  return `the data of PostgreSQL ${version} (${bytes(size * 1024 * 1024)})`;
}
