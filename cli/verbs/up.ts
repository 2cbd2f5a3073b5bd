import { Board } from "../board/board.ts";
import { openDockers } from "../docker/machines.ts";
import { planOf } from "../plan.ts";
import { preflight } from "../preflight/preflight.ts";
import { writeWork } from "../project.ts";
import { checkAll, makeReady } from "../ready.ts";
import {
  checkDescribed,
  checkpointOf,
  engineFor,
  initStack,
  openSession,
  type CommonOptions,
} from "../session.ts";
import { describeHolder } from "../state/holder.ts";
import { hold, removeLock } from "../state/locks.ts";
import { recover } from "../state/recover.ts";
import { runUp } from "./upRun.ts";

export interface UpOptions extends CommonOptions {
  newEngine?: boolean;
}

/** Brings a system up, or to what its settings say now. Returns the exit code. */
export async function up(system: string | undefined, options: UpOptions): Promise<number> {
  const session = await openSession(options, system);
  checkDescribed(session);
  const { output, home, stack } = session;
  for (const line of planOf(stack, home)) output.say(line);
  const held = await hold(home.runs, stack.name);
  const busy = "problem" in held ? [held.problem] : [];
  const checkpoint = await checkpointOf(session);
  const dockers = await openDockers(stack.config, checkpoint);
  const [docker] = dockers;
  const { newEngine } = options;
  const check = () =>
    preflight({ dockers, home, stack, checkpoint, newEngine, checkPassphrase: busy.length > 0 });
  const { settings, owned, drift, stale, warnings } = await checkAll(session, check, busy);
  if (settings === undefined) throw new Error("settings without a problem are there");
  const engine = engineFor(session, await makeReady(session, settings));
  await writeWork(home, stack, checkpoint?.salt);
  for (const lock of stale) {
    await removeLock(lock);
    output.say(`removed the lock of ${describeHolder(lock.holder)}, which has ended`);
  }
  if (checkpoint === undefined) {
    await initStack(session, engine);
  } else {
    const notes = await recover({ dockers, engine, home, stack: stack.name, checkpoint });
    for (const note of [...notes, ...drift.notes]) output.say(note);
  }
  const board = new Board(Object.keys(settings.services));
  const before = new Set(owned.containers.map(({ Id }) => Id));
  const { replace, refresh } = drift;
  return await runUp({ session, docker, engine, board, before, replace, refresh, warnings });
}
