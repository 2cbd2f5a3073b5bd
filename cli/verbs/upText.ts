import type { RunRecord } from "../board/record.ts";
import { titleFor } from "../project.ts";
import type { Session } from "../session.ts";
import { isQuiet, summaryText, urlsOf } from "../summary.ts";
import { table } from "../table.ts";
import { seconds } from "../units.ts";

export interface UpResult {
  session: Session;
  record: RunRecord;
  milliseconds: number;
}

/** The last words of a run that went well: what was done, and where to look at it. */
export function sayUp({ session, record, milliseconds }: UpResult): void {
  const { output, stack } = session;
  const { outputs, summary, warnings } = record;
  if (output.json) {
    const took = { seconds: milliseconds / 1000, changes: summary };
    output.emit({ result: "ok", stack: stack.name, ...took, warnings, outputs });
    return;
  }
  for (const warning of warnings) output.say(output.colour.yellow(`warning: ${warning}`));
  const done = summary && (isQuiet(summary) ? "nothing to do" : summaryText(summary));
  const name = titleFor(stack);
  output.say(output.colour.green(`${name} is up, ${done ?? "done"}, in ${seconds(milliseconds)}`));
  const rows = urlsOf(outputs);
  const lines = rows.length > 0 ? table([{ title: "page" }, { title: "url" }], rows) : [];
  for (const line of lines) output.say(`  ${line}`);
}
