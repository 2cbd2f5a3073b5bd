import { sayPlanned, type Planned } from "../planned.ts";
import type { Session } from "../session.ts";
import { isQuiet, summaryText, type Summary } from "../summary.ts";
import { seconds } from "../units.ts";
import { leftOutText } from "./upText.ts";

export interface PreviewResult {
  session: Session;
  notes: readonly string[];
  warnings: readonly string[];
  planned: readonly Planned[];
  changes: Summary | undefined;
  /** Show the values that differ. */
  diff: boolean;
  /** Nothing had changed since the last run, and so the engine wasn't asked. */
  engineLeftOut: boolean;
}

/** What `up` would do. */
export function sayPreview(result: PreviewResult): void {
  const { session, notes, warnings, planned, changes, diff, engineLeftOut } = result;
  const { output, stack } = session;
  if (output.json) {
    const facts = { result: "ok", stack: stack.name, engineLeftOut };
    output.emit({ ...facts, notes, warnings, steps: planned, changes });
    return;
  }
  for (const note of notes) output.say(note);
  for (const warning of warnings) output.say(output.colour.yellow(`warning: ${warning}`));
  sayPlanned(planned, output, diff);
  const took = performance.now();
  const what = changes && !isQuiet(changes) ? summaryText(changes) : "nothing to do";
  output.say(engineLeftOut ? leftOutText(took) : `${what} (${seconds(took)})`);
}
