import * as pulumi from "@pulumi/pulumi";
import { entriesOf } from "./entries.ts";
import type { Connection } from "../components/ssh/connection.ts";
import type { EngineFacts } from "../components/hosts/engine.ts";
import type { Settings } from "../settings.ts";
import { filesImage } from "../services/proxy/definition.ts";
import type { Progress } from "../toolchain/progress.ts";
import { shipImages, type LocalImage } from "../toolchain/ship.ts";

export interface Destination {
  connection: Connection;
  /** Its name among `hosts`; absent for the stack's own. */
  machine?: string;
}

/** Sends what a machine will run, lacks, and this machine's Docker has; all else it pulls by digest. */
export async function sendImages(
  settings: Settings,
  images: EngineFacts["images"],
  { connection, machine }: Destination,
): Promise<void> {
  const wanted = imagesOf(settings, machine).flatMap((reference): LocalImage[] => {
    const id = images.get(reference);
    return id === undefined ? [] : [{ reference, id }];
  });
  if (wanted.length > 0) await shipImages(wanted, connection, log);
}

/** References of all that runs on a machine of the stack. */
export function imagesOf(settings: Settings, machine?: string): string[] {
  const { services, placement } = settings;
  const here = Object.keys(services).filter((name) => placement[name] === machine);
  const entries = entriesOf(settings);
  const run = here.flatMap((name) => [services[name]?.image, entries[name]?.image]);
  return [...new Set([filesImage, ...run.filter((image) => image !== undefined)])];
}

/** Progress as the engine shows it: a line that comes and goes while something is sent, and nothing when nothing is. */
const log: Progress = {
  step: (title) => {
    let last = "";
    const say = (text: string, ephemeral: boolean): void => {
      if (text === last) return;
      last = text;
      void pulumi.log.info(`${title}: ${text}`, undefined, undefined, ephemeral);
    };
    return {
      note: (text) => {
        say(text, true);
      },
      done: (text = "done") => {
        say(text, false);
      },
      skip: () => undefined,
      fail: () => undefined,
    };
  },
};
