import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type Docker from "dockerode";
import type { Settings } from "../../settings.ts";
import { isApplication } from "../../settings/ownKeys.ts";
import { agree } from "../agree.ts";
import { openDockers } from "../docker/machines.ts";
import { openLocalDocker } from "../docker/open.ts";
import { nothingKnown } from "../look.ts";
import { checkSettings } from "../preflight/settings.ts";
import { checkStores } from "../preflight/stores.ts";
import { Refusal } from "../refusal.ts";
import { replaceFile } from "../replaceFile.ts";
import { fileOf, holdAlone } from "../rollback/alone.ts";
import { checkKept, lookForImages } from "../rollback/kept.ts";
import { sayReleases } from "../rollback/list.ts";
import { pinsFor, tagKept, unnamed, withPins } from "../rollback/pins.ts";
import { recordOf } from "../rollback/record.ts";
import { chosenRelease, imagesFor, type Releases } from "../rollback/releases.ts";
import { minute, rollbackText } from "../rollback/text.ts";
import { checkDescribed, checkpointOf, openSession, type CommonOptions, type Session } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { wantedServices } from "../state/checkpoint.ts";
import { upFull } from "./upFull.ts";

export interface RollbackOptions extends CommonOptions {
  list?: boolean;
  yes?: boolean;
}

/** Gives applications the images of an earlier release, which their machines still have. Returns the exit code. */
export async function rollback(wanted: string | undefined, options: RollbackOptions): Promise<number> {
  const opened = await openSession(options);
  checkDescribed(opened);
  if (options.list === true) {
    const { session, record, dockers, spread } = await look(opened);
    await sayReleases(session, dockers, record, spread);
    return 0;
  }
  const file = fileOf(opened);
  const held = await holdAlone(opened, "berth rollback");
  const { session, settings, record, dockers, spread } = await look(opened);
  const release = chosenRelease(record, wanted);
  const images = imagesFor(record, release, undeveloped(settings));
  const { kept, gone } = await lookForImages(dockers, session.stack.name, images, spread);
  checkKept(release.number, images, gone);
  const here = openLocalDocker();
  const settled = Object.fromEntries(
    Object.values(settings.services).map(({ name, image }) => [name, image] as const),
  );
  const given = record.failed ? await unnamed(kept, settled, here) : kept;
  const pins = await pinsFor(given, settled, here);
  const remark = `berth rollback: release ${release.number}, ${minute(release.began)}`;
  const text = withPins(await readFile(file, "utf8"), basename(file), pins, remark);
  await checkStores(settings);
  await agree("rollback", rollbackText(release, Object.keys(pins)), options.yes ?? false);
  await tagKept(given, pins, here);
  await replaceFile(file, text);
  for (const [service, image] of Object.entries(pins))
    session.output.say(`${basename(file)}: images.${service} is ${image}`);
  let code: number | undefined;
  try {
    code = await upFull({
      session: await openSession(options),
      held,
      because: undefined,
      newEngine: false,
    });
    return code;
  } finally {
    // Where it was refused before it began, too.
    const rest = code === 0 ? "runs until images there name others" : "is what berth up goes on with";
    session.output.say(`${basename(file)} has the images of release ${release.number}, which ${rest}`);
  }
}

interface Look {
  session: Session;
  settings: Settings;
  record: Releases;
  dockers: readonly Docker[];
  /** Services of a swarm, which any of the machines may run. */
  spread: string[];
}

async function look(opened: Session): Promise<Look> {
  const session = await revealed(opened);
  const { stack } = session;
  const checkpoint = await checkpointOf(session);
  const { settings, problems } = await checkSettings(stack);
  if (settings === undefined) throw new Refusal(problems);
  if (checkpoint === undefined) throw new Refusal([nothingKnown(stack.name)]);
  const record = await recordOf(session, checkpoint, (service) =>
    isApplication(settings.definition, service),
  );
  const dockers = await openDockers(stack.config, checkpoint);
  const spread = wantedServices(checkpoint).map(({ service }) => service);
  return { session, settings, record, dockers, spread };
}

/** Services that run an image of theirs, and no folder of a person's. */
function undeveloped({ services }: Settings): string[] {
  return Object.values(services)
    .filter(({ source }) => source === undefined)
    .map(({ name }) => name);
}
