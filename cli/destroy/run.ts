import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { Board } from "../board/board.ts";
import { RunRecord } from "../board/record.ts";
import { showBoard } from "../board/view.ts";
import type { Engine } from "../engine/engine.ts";
import { sayFailures } from "../failure/text.ts";
import { interruptedCode, onInterrupt } from "../interrupt.ts";
import type { Session } from "../session.ts";
import { wantedContainers, type Checkpoint } from "../state/checkpoint.ts";

export interface DestroyRunArgs {
  session: Session;
  engine: Engine;
  checkpoint: Checkpoint;
  excludeProtected: boolean;
}

export interface DestroyResult {
  ok: boolean;
  interrupted: boolean;
  code: number;
}

/** One destroying run of the engine, shown service by service. */
export async function runDestroy(args: DestroyRunArgs): Promise<DestroyResult> {
  const { session, engine, checkpoint, excludeProtected } = args;
  const record = new RunRecord();
  const board = new Board([...new Set(wantedContainers(checkpoint).map(({ service }) => service))]);
  const view = showBoard(board, session.output);
  const onEvent = (event: EngineEvent): void => {
    const change = record.take(event);
    const service = change && board.apply(change, Date.now());
    if (service !== undefined) view.changed(service);
  };
  const interrupt = onInterrupt(engine, (text) => {
    view.say(text);
  });
  const { ok, complaint } = await engine.destroy({ excludeProtected, onEvent }).finally(() => {
    view.stop();
    interrupt.end();
  });
  const interrupted = interrupt.interrupted();
  if (ok) return { ok, interrupted, code: 0 };
  await sayFailures({ session, failures: [], messages: record.messages, complaint, interrupted });
  return { ok, interrupted, code: interrupted ? interruptedCode : 1 };
}
