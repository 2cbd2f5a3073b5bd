import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { isApplication } from "../../settings/ownKeys.ts";
import { agree } from "../agree.ts";
import { openDockers } from "../docker/machines.ts";
import { openLocalDocker } from "../docker/open.ts";
import { checkSettings } from "../preflight/settings.ts";
import { Refusal } from "../refusal.ts";
import { checkKept, lookForImages } from "../rollback/kept.ts";
import { sayReleases } from "../rollback/list.ts";
import { pinsFor, tagKept, withPins } from "../rollback/pins.ts";
import { recordOf } from "../rollback/record.ts";
import { changedBetween, chosenRelease, type Images } from "../rollback/releases.ts";
import { minute, rollbackText } from "../rollback/text.ts";
import { checkDescribed, checkpointOf, openSession, type CommonOptions, type Session } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { hold } from "../state/locks.ts";
import { up } from "./up.ts";

export interface RollbackOptions extends CommonOptions {
  list?: boolean;
  yes?: boolean;
}

/** Gives applications the images of an earlier release, which their machines still have. Returns the exit code. */
export async function rollback(wanted: string | undefined, options: RollbackOptions): Promise<number> {
  const opened = await openSession(options);
  checkDescribed(opened);
  const session = await revealed(opened);
  const { stack } = session;
  const checkpoint = await checkpointOf(session);
  const { settings, problems } = await checkSettings(stack);
  if (settings === undefined) throw new Refusal(problems);
  const isOurs = (service: string) => isApplication(settings.definition, service);
  const { releases, now } = await recordOf(session, checkpoint, isOurs);
  const dockers = await openDockers(stack.config, checkpoint);
  if (options.list === true) {
    await sayReleases(session, dockers, releases, now);
    return 0;
  }
  const release = chosenRelease(releases, now, wanted);
  const services = changedBetween(now, release.images);
  const images = Object.fromEntries(services.map((service) => [service, release.images[service] ?? ""]));
  const { kept, gone } = await lookForImages(dockers, stack.name, images);
  checkKept(release.number, images, gone);
  const pins = pinsFor(kept);
  const file = fileOf(session, pins);
  await agree("rollback", rollbackText(release, services), options.yes ?? false);
  await tagKept(kept, pins, openLocalDocker());
  await writePins(session, pins, `berth rollback: release ${release.number}, ${minute(release.began)}`);
  const code = await up(undefined, options);
  const rest = code === 0 ? "runs until images there name others" : "is what berth up goes on with";
  session.output.say(`${basename(file)} has the images of release ${release.number}, which ${rest}`);
  return code;
}

/** By plain Pulumi too the next run is the same, because the stack's file says so. Throws {@link Refusal}. */
function fileOf({ stack: { name, file } }: Session, pins: Images): string {
  if (file !== undefined) return file;
  const words = Object.entries(pins).map(([service, image]) => `-c images.${service}=${image}`);
  throw new Refusal([
    `stack "${name}": must have a file Pulumi.${name}.yaml for the images; or berth up ${words.join(" ")}`,
  ]);
}

async function writePins(session: Session, pins: Images, remark: string): Promise<void> {
  const { home, stack, output } = session;
  const file = fileOf(session, pins);
  const held = await hold(home.runs, stack.name);
  if ("problem" in held) throw new Refusal([held.problem]);
  try {
    await writeFile(file, withPins(await readFile(file, "utf8"), basename(file), pins, remark));
  } finally {
    held.release();
  }
  for (const [service, image] of Object.entries(pins))
    output.say(`${basename(file)}: images.${service} is ${image}`);
}
