import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../components/ssh/connection.ts";
import type { Settings } from "../settings.ts";
import { loginsFor } from "../toolchain/images/auth.ts";
import { spaced, type Progress } from "../toolchain/progress.ts";
import { pullThere } from "../toolchain/pullThere.ts";
import { shipImages, type LocalImage } from "../toolchain/ship.ts";
import { asItself } from "./asItself.ts";
import { planImage, type ImageFacts } from "./imagePlan.ts";
import { imagesOn } from "./imagesOf.ts";

export interface Destination {
  connection: Connection;
  /** Its name among `hosts`; absent for the stack's own. */
  machine?: string;
}

/** Sends what a machine will run, lacks, and this machine's Docker has under a tag; it pulls all else, with a login here. */
export async function sendImages(
  settings: Settings,
  facts: ImageFacts,
  { connection, machine }: Destination,
): Promise<void> {
  const plans = imagesOn(settings, machine, true).map((reference) => ({
    reference,
    plan: planImage(reference, facts),
  }));
  const here = plans.flatMap(({ reference, plan }): LocalImage[] =>
    "id" in plan ? [{ reference, id: plan.id }] : [],
  );
  const pulled = plans.flatMap(({ plan }) => ("pull" in plan ? [plan.pull] : []));
  if (here.length > 0) await shipImages(here, connection, log);
  const own = pulled.filter((image) => asItself(settings, image));
  const { machineLogin } = settings.hostKind;
  if (pulled.length === 0) return;
  await pullThere(pulled, connection, {
    login: loginsFor(settings.logins),
    ...(machineLogin && { machine: { login: machineLogin, images: own } }),
    progress: log,
  });
}

/**
 * Progress as the engine shows it: a line that comes and goes while something is sent, and nothing when nothing is.
 * Where no terminal takes it back, a line for each megabyte would stay, so there is one every 10 s.
 */
export const log: Progress = {
  step: (title) => {
    let last = "";
    const say = (text: string, ephemeral: boolean): void => {
      if (text === last) return;
      last = text;
      void pulumi.log.info(`${title}: ${text}`, undefined, undefined, ephemeral);
    };
    return {
      note: spaced((text) => {
        say(text, true);
      }),
      done: (text = "done") => {
        say(text, false);
      },
      skip: () => undefined,
      fail: () => undefined,
    };
  },
};
