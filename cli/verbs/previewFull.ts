import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { RunRecord } from "../board/record.ts";
import { costChange, costIn, costLines, planOf } from "../comment/steps.ts";
import { dockersIfReached } from "../docker/machines.ts";
import { sayFailures } from "../failure/text.ts";
import { backendOf } from "../home.ts";
import { interruptedCode, onInterrupt } from "../interrupt.ts";
import { plannedChange, type Planned } from "../planned.ts";
import { preflight } from "../preflight/preflight.ts";
import { checkSettings } from "../preflight/settings.ts";
import { writeWork } from "../project.ts";
import { haveTools } from "../ready.ts";
import { Refusal } from "../refusal.ts";
import {
  checkpointOf,
  engineFor,
  initStack,
  loadProgram,
  type CommonOptions,
  type Session,
} from "../session.ts";
import { folderOf } from "../state/backend.ts";
import { isFronted, recordsDue } from "../verify/records.ts";
import { revealed } from "../stackFile/revealed.ts";
import { sayComment } from "./previewComment.ts";
import { sayPreview } from "./previewText.ts";

export interface PreviewOptions extends CommonOptions {
  diff?: boolean;
  refresh?: boolean;
  full?: boolean;
  /** Seconds after which it is given up. */
  timeout: string;
  /** Say it as a comment for a pull request. */
  markdown?: boolean;
  /** File with the events of a preview that plain Pulumi made. */
  events?: string;
}

/** Says what `up` would do, as the engine knows it. */
export async function previewFull(
  opened: Session,
  because: string | undefined,
  seconds: number,
  options: PreviewOptions,
): Promise<number> {
  const session = await revealed(opened);
  const { output, home, stack } = session;
  const checked = await checkSettings(stack);
  if (because !== undefined && checked.settings !== undefined)
    output.say(output.colour.dim(`asking the engine: ${because}`));
  if (checked.problems.length > 0 && folderOf(backendOf(home)) === undefined)
    throw new Refusal(checked.problems);
  const checkpoint = await checkpointOf(session);
  const dockers = await dockersIfReached(stack.config, checkpoint, output.say);
  const [{ problems, drift }] = await Promise.all([
    preflight({ dockers, home, stack, checkpoint, checked }),
    loadProgram(),
  ]);
  if (problems.length > 0) throw new Refusal(problems);
  const engine = await engineFor(session, await haveTools(session));
  await writeWork(home, stack, checkpoint?.salt);
  if (checkpoint === undefined) await initStack(session, engine);
  const record = new RunRecord();
  const planned: Planned[] = [];
  const events: EngineEvent[] = [];
  const costs: string[] = [];
  const onEvent = (event: EngineEvent): void => {
    if (options.markdown || event.resOutputsEvent || event.resourcePreEvent) events.push(event);
    record.take(event);
    costs.push(...costLines(event));
    const change = plannedChange(event);
    if (change) planned.push(change);
  };
  const interrupt = onInterrupt(engine, output.say);
  const refresh = options.refresh ?? drift.refresh;
  const { ok, complaint } = await engine.preview({
    refresh,
    replace: drift.replace,
    seconds,
    onEvent,
  });
  interrupt.end();
  const { messages, summary, warnings } = record;
  if (options.markdown) sayComment(planOf(events));
  if (!ok) {
    const interrupted = interrupt.interrupted();
    await sayFailures({ session, failures: [], messages, complaint, interrupted, verb: "preview" });
    return interrupted ? interruptedCode : 1;
  }
  if (options.markdown) return 0;
  const due = await recordsDue(record.outputs, isFronted(stack.config));
  sayPreview({
    session,
    notes: [...drift.notes, ...costs, ...costChange(costIn(events)).map((line) => `cost: ${line}`)],
    warnings: [...warnings, ...due],
    planned,
    changes: summary,
    diff: options.diff ?? false,
    engineLeftOut: false,
  });
  return 0;
}
