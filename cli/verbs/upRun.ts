import type Docker from "dockerode";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { Board } from "../board/board.ts";
import { RunRecord } from "../board/record.ts";
import { showBoard } from "../board/view.ts";
import type { Engine } from "../engine/engine.ts";
import { watchMachines } from "../failure/crashWatch.ts";
import { failuresOf } from "../failure/report.ts";
import { sayFailures } from "../failure/text.ts";
import { interruptedCode, onInterrupt } from "../interrupt.ts";
import type { Keep } from "../lastRun/lastRun.ts";
import type { Session } from "../session.ts";
import { isFronted, recordsDue } from "../verify/records.ts";
import { unchanged } from "../summary.ts";
import { sayUp } from "./upText.ts";

export interface UpRunArgs {
  session: Session;
  /** Engines of the stack's machines; none where a cloud is still to make them. */
  dockers: readonly Docker[];
  engine: Engine;
  board: Board;
  /** Ids of the containers that are there already. */
  before: ReadonlySet<string>;
  replace: string[];
  refresh: boolean;
  /** Said again at the end, once. */
  warnings: readonly string[];
  /** Keeps what the run leaves behind, for the next one to compare with. */
  keep: Keep;
}

/** Runs the engine, shows what it does, and says at the end what there is, or what went wrong. */
export async function runUp(args: UpRunArgs): Promise<number> {
  const { session, dockers, engine, board, before, replace, refresh } = args;
  const { name: stack } = session.stack;
  const begun = Date.now();
  const record = new RunRecord(args.warnings);
  const view = showBoard(board, session.output);
  const onEvent = (event: EngineEvent): void => {
    const change = record.take(event);
    const service = change && board.apply(change, Date.now());
    if (service !== undefined) view.changed(service);
  };
  const watch = await watchMachines(dockers, stack);
  const interrupt = onInterrupt(engine, (text) => {
    view.say(text);
  });
  const { ok, complaint } = await engine.up({ replace, refresh, onEvent }).finally(() => {
    watch.stop();
    view.stop();
    interrupt.end();
  });
  if (ok) {
    const { outputs, summary, warnings } = record;
    const milliseconds = Date.now() - begun;
    if (summary && !interrupt.interrupted())
      await args.keep({ changes: unchanged(summary), warnings, outputs });
    const due = await recordsDue(outputs, isFronted(session.stack.config));
    sayUp({
      session,
      changes: summary,
      warnings: [...warnings, ...due],
      outputs,
      milliseconds,
      engineLeftOut: false,
    });
    return 0;
  }
  const { failed, messages } = record;
  const failures = await failuresOf({ dockers, stack, before, failed, messages, crashed: watch.crashed });
  await sayFailures({ session, failures, messages, complaint, interrupted: interrupt.interrupted() });
  return interrupt.interrupted() ? interruptedCode : 1;
}
