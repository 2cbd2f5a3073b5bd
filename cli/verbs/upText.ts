import type { RunResult } from "../lastRun/record.ts";
import { titleFor } from "../project.ts";
import type { Session } from "../session.ts";
import { isQuiet, summaryText, urlsOf, type Summary } from "../summary.ts";
import { table } from "../table.ts";
import { seconds } from "../units.ts";

export interface UpResult extends Omit<RunResult, "changes"> {
  session: Session;
  changes: Summary | undefined;
  milliseconds: number;
  /** Nothing had changed since the last run, and so the engine wasn't asked. */
  engineLeftOut: boolean;
}

/** The last words of a run that went well: what was done, and where to look at it. */
export function sayUp({ session, changes, warnings, outputs, milliseconds, engineLeftOut }: UpResult): void {
  const { output, stack } = session;
  if (output.json) {
    const took = { seconds: milliseconds / 1000, changes, engineLeftOut };
    output.emit({ result: "ok", stack: stack.name, ...took, warnings, outputs });
    return;
  }
  for (const warning of warnings) output.say(output.colour.yellow(`warning: ${warning}`));
  const name = titleFor(stack);
  const done = changes && (isQuiet(changes) ? "nothing to do" : summaryText(changes));
  const last = engineLeftOut ? leftOutText(milliseconds) : `${done ?? "done"}, in ${seconds(milliseconds)}`;
  output.say(output.colour.green(`${name} is up, ${last}`));
  const rows = urlsOf(outputs);
  const lines = rows.length > 0 ? table([{ title: "page" }, { title: "url" }], rows) : [];
  for (const line of lines) output.say(`  ${line}`);
}

/** Why the engine wasn't asked, and how to ask it all the same. */
export function leftOutText(milliseconds: number): string {
  return `nothing to do: all is as the last run left it, checked in ${seconds(milliseconds)}; --full asks the engine`;
}
