import { serviceOf } from "../docker/owned.ts";
import { Refusal } from "../refusal.ts";
import { startAll, stopAll, writers, type Writer } from "../restore/writers.ts";
import { interruptible } from "./interrupt.ts";
import { answerOf, databaseJob, runDatabaseJob } from "./job.ts";
import type { DatabasePlace } from "./place.ts";
import { copyScript, shelfScript } from "./scripts.ts";
import { shelfIn } from "./versions.ts";

export interface Exchange {
  /** Image, by id, for whose version the data is copied first. @default nothing is: it is there */
  copyFor?: string;
  /** What takes the data's place: `part`, or the version of data that is kept. */
  next: string;
  /** Version of the data that is put aside. */
  used: string | undefined;
  /** What ran it, as settings name it. */
  former: string;
}

/** The applications of a stack: what writes into its databases. */
export function applicationsOf({ machines, settings: { definition } }: DatabasePlace): Writer[] {
  return writers(machines, definition).filter(
    ({ info }) => definition.services[serviceOf(info)]?.phase === "application",
  );
}

export function namesOf(all: readonly Writer[]): string {
  return [...new Set(all.map(({ info }) => serviceOf(info)))].sort().join(", ");
}

/**
 * Puts other data in the place of a database's, with what writes stopped. It is stopped afterwards, for the next run to
 * start with the image of that data; where anything fails, or ^C comes in time, all runs again as it did. Returns
 * whether the data was exchanged. Throws {@link Refusal}.
 */
export async function exchange(
  place: DatabasePlace,
  { copyFor, next, used, former }: Exchange,
): Promise<boolean> {
  const { docker, container, service, model } = place;
  const { say } = place.session.output;
  const applications = applicationsOf(place);
  const database = { docker, info: container };
  const interrupt = interruptible(say);
  const stopDatabase = async (): Promise<void> => {
    interrupt.past();
    say(`stopping ${service}`);
    await stopAll([database]);
  };
  const isEnded = (): boolean => interrupt.signal.aborted;
  let exchanged = false;
  try {
    say(`stopping ${namesOf(applications) || "nothing: no application runs"}`);
    await stopAll(applications);
    if (isEnded()) return false;
    if (copyFor === undefined) await stopDatabase();
    else await copy(place, copyFor, { stopDatabase, ending: interrupt.signal });
    if (isEnded()) return false;
    try {
      await answerOf(place, model.Image, shelfScript(), ["swap", next, former]);
      exchanged = true;
    } catch (error) {
      exchanged = await isExchanged(place, used);
      if (!exchanged) throw error;
    }
    return true;
  } finally {
    if (!exchanged) await startAgain([...applications, database], say);
    // The reason is told; what is left of the copy gives way to the next one in any case.
    if (!exchanged && copyFor !== undefined) await dropPart(place).catch(() => undefined);
    interrupt.end();
  }
}

/**
 * What a swap that failed has left: killed in the middle it is taken back, before anything starts on that, and where only
 * the way to it broke it may be done. As good as not, where nobody answers for a minute.
 */
async function isExchanged(place: DatabasePlace, former: string | undefined): Promise<boolean> {
  for (let attempt = 0; attempt < 60; attempt++) {
    try {
      const { used } = shelfIn(await answerOf(place, place.model.Image, shelfScript(), ["look"]));
      return used !== undefined && used.version !== former;
    } catch (error) {
      if (error instanceof Refusal) return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return false;
}

interface Copy {
  stopDatabase: () => Promise<void>;
  ending: AbortSignal;
}

/** It holds the server's tables still until that has stopped: only then it ends, and the copy is all there is. */
async function copy(place: DatabasePlace, image: string, { stopDatabase, ending }: Copy): Promise<void> {
  let reason = "upgrade: must copy the data, got an end without a reason";
  let stopped = undefined as Promise<void> | undefined;
  const write = (line: string): void => {
    if (line === "whole") {
      stopped = stopDatabase();
      // Awaited below, and maybe after it has failed.
      stopped.catch(() => undefined);
    } else if (line.startsWith("postgres: ")) place.session.output.say(line);
    else reason = line;
  };
  const job = databaseJob(place.model, image, copyScript());
  const code = await runDatabaseJob(place, job, write, ending);
  await stopped;
  if (ending.aborted) return;
  if (code !== 0 || stopped === undefined) throw new Refusal([reason]);
}

async function dropPart(place: DatabasePlace): Promise<void> {
  await answerOf(place, place.model.Image, shelfScript(), ["drop", "part"]);
}

async function startAgain(all: readonly Writer[], say: (line: string) => void): Promise<void> {
  say(`starting ${namesOf(all)}`);
  for (const { service, reason } of await startAll(all))
    say(`${service}: must become healthy with the data as it was, got "${reason}"; berth logs ${service}`);
}
