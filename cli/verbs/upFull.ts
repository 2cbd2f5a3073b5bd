import { Board } from "../board/board.ts";
import { newDockers, runDockers } from "../docker/machines.ts";
import { backendOf } from "../home.ts";
import { beginRecord } from "../lastRun/lastRun.ts";
import { forgetLastRun } from "../lastRun/record.ts";
import { planOf } from "../plan.ts";
import { preflight } from "../preflight/preflight.ts";
import { checkSettings } from "../preflight/settings.ts";
import { writeWork } from "../project.ts";
import { Refusal } from "../refusal.ts";
import { checkAll, imagesHere, makeReady } from "../ready.ts";
import { checkpointOf, engineFor, initStack, type Session } from "../session.ts";
import { folderOf } from "../state/backend.ts";
import type { StateResource } from "../state/checkpoint.ts";
import { describeHolder } from "../state/holder.ts";
import { removeLock, type Held } from "../state/locks.ts";
import { recover } from "../state/recover.ts";
import { movesOn } from "../../settings/stored.ts";
import { revealed } from "../stackFile/revealed.ts";
import { runUp } from "./upRun.ts";

export interface UpFullArgs {
  session: Session;
  /** Whether this command has the stack for itself, or who has. */
  held: Held;
  /** Why the engine has to be asked. */
  because: string | undefined;
  newEngine: boolean | undefined;
  /** Containers to be made anew, whatever their state. @default none */
  restart?: readonly StateResource[];
}

/** Brings a system up by the engine. Returns the exit code. */
export async function upFull(args: UpFullArgs): Promise<number> {
  const { session: opened, held, because, newEngine, restart = [] } = args;
  const session = await revealed(opened);
  const { output, home, stack } = session;
  // What is wrong with settings is the first that is said, and nothing that won't come to pass.
  const checked = await checkSettings(stack);
  if (checked.settings !== undefined) {
    for (const line of planOf(stack, home)) output.say(line);
    if (because !== undefined) output.say(output.colour.dim(`asking the engine: ${because}`));
  }
  const busy = "problem" in held ? [held.problem] : [];
  // Elsewhere than in a folder the state takes seconds to be asked, and may not answer.
  if (checked.problems.length > 0 && folderOf(backendOf(home)) === undefined)
    throw new Refusal([...busy, ...checked.problems]);
  const { dockers, checkpoint } = await runDockers(stack.config, await checkpointOf(session));
  const others = { busy: busy.length > 0, checkPassphrase: busy.length > 0 };
  const check = () => preflight({ dockers, home, stack, checkpoint, checked, newEngine, ...others });
  const { settings, owned, drift, stale, warnings } = await checkAll(session, check, busy);
  if (settings === undefined) throw new Error("settings without a problem are there");
  // Of a run that was refused before it changed anything the last one is still on record.
  await forgetLastRun(home, stack.name);
  const engine = await engineFor(session, await makeReady(session, settings));
  await writeWork(home, stack, checkpoint?.salt);
  for (const lock of stale) {
    await removeLock(lock);
    output.say(`removed the lock of ${describeHolder(lock.holder)}, which has ended`);
  }
  if (checkpoint === undefined) {
    await initStack(session, engine);
  } else {
    const notes = await recover({ dockers: dockers ?? [], engine, home, stack: stack.name, checkpoint });
    for (const note of [...notes, ...drift.notes]) output.say(note);
  }
  const board = new Board(Object.keys(settings.services));
  const before = new Set(owned.containers.map(({ Id }) => Id));
  const { refresh } = drift;
  // What a refresh finds gone leaves state by itself, and can't be named for replacement any more.
  const anew = restart.filter(({ id = "" }) => !refresh || before.has(id));
  const replace = [...new Set([...drift.replace, ...anew.map(({ urn }) => urn)])];
  const keep = beginRecord(
    session,
    imagesHere(settings).map(({ pulled }) => pulled),
    movesOn(settings),
  );
  const watched = [...(dockers ?? []), ...(await newDockers(stack.config, checkpoint))];
  return await runUp({ session, dockers: watched, engine, board, before, replace, refresh, warnings, keep });
}
