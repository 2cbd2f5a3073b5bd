import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { RunRecord } from "../board/record.ts";
import { dockersIfReached } from "../docker/machines.ts";
import { sayFailures } from "../failure/text.ts";
import { interruptedCode, onInterrupt } from "../interrupt.ts";
import { plannedChange, sayPlanned, type Planned } from "../planned.ts";
import { preflight } from "../preflight/preflight.ts";
import { hostKindOf, writeWork } from "../project.ts";
import { Refusal } from "../refusal.ts";
import {
  checkDescribed,
  checkpointOf,
  engineFor,
  findTools,
  initStack,
  loadProgram,
  openSession,
  silent,
  type CommonOptions,
} from "../session.ts";
import { isQuiet, summaryText } from "../summary.ts";
import { seconds } from "../units.ts";

export interface PreviewOptions extends CommonOptions {
  diff?: boolean;
  refresh?: boolean;
}

/** Says what `up` would do, without doing it. */
export async function preview(system: string | undefined, options: PreviewOptions): Promise<number> {
  const begun = Date.now();
  const session = await openSession(options, system);
  checkDescribed(session);
  const { output, home, stack } = session;
  const checkpoint = await checkpointOf(session);
  const dockers = await dockersIfReached(stack.config, checkpoint, output.say);
  const [{ problems, drift }, tools] = await Promise.all([
    preflight({ dockers, home, stack, checkpoint }),
    findTools(silent, hostKindOf(stack)),
    loadProgram(),
  ]);
  if (problems.length > 0) throw new Refusal(problems);
  const engine = engineFor(session, tools);
  await writeWork(home, stack, checkpoint?.salt);
  if (checkpoint === undefined) await initStack(session, engine);
  const record = new RunRecord();
  const planned: Planned[] = [];
  const onEvent = (event: EngineEvent): void => {
    record.take(event);
    const change = plannedChange(event);
    if (change) planned.push(change);
  };
  const interrupt = onInterrupt(engine, output.say);
  const refresh = options.refresh ?? drift.refresh;
  const { ok, complaint } = await engine.preview({ refresh, replace: drift.replace, onEvent });
  interrupt.end();
  const { messages, summary, warnings } = record;
  if (!ok) {
    const interrupted = interrupt.interrupted();
    await sayFailures({ session, failures: [], messages, complaint, interrupted });
    return interrupted ? interruptedCode : 1;
  }
  if (output.json) {
    const { notes } = drift;
    output.emit({ result: "ok", stack: stack.name, notes, warnings, steps: planned, changes: summary });
    return 0;
  }
  for (const note of drift.notes) output.say(note);
  for (const warning of warnings) output.say(output.colour.yellow(`warning: ${warning}`));
  sayPlanned(planned, output, options.diff ?? false);
  const what = summary && !isQuiet(summary) ? summaryText(summary) : "nothing to do";
  output.say(`${what} (${seconds(Date.now() - begun)})`);
  return 0;
}
