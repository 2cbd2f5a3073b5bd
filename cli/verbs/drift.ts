import type { Finding } from "../drift/finding.ts";
import { findingsFor } from "../drift/machines.ts";
import { nothingKnown } from "../look.ts";
import { checkpointOf, openSession, type CommonOptions, type Session } from "../session.ts";
import { engineLocks, isHeld } from "../state/locks.ts";
import { revealed } from "../stackFile/revealed.ts";
import { table } from "../table.ts";
import { count } from "../units.ts";

/** The exit code for something that isn't as the last run left it; 1 is a look that failed. */
export const driftCode = 2;

/** Says where a system isn't what the last run left. Changes nothing, and takes no lock. */
export async function drift(options: CommonOptions): Promise<number> {
  const { output, ...session } = await revealed(await openSession(options));
  const { name: stack } = session.stack;
  const wasTaken = await isTaken(session);
  const checkpoint = await checkpointOf({ output, ...session });
  if (checkpoint === undefined || checkpoint.resources.length === 0) {
    if (output.json) output.emit({ stack, findings: [], known: false });
    else output.say(nothingKnown(stack));
    return 1;
  }
  // A run that has ended meanwhile has made what the state of before doesn't know.
  const isBusy = wasTaken || checkpoint.pending.length > 0;
  const findings = await findingsFor(
    session.stack,
    checkpoint,
    async () => isBusy || (await isTaken(session)),
  );
  if (output.json) output.emit({ stack, findings, known: true });
  else for (const line of driftLines(stack, findings)) output.say(line);
  return findings.length === 0 ? 0 : driftCode;
}

/** Whether a command has the stack, or was killed while it had. */
async function isTaken({ home, stack }: Omit<Session, "output">): Promise<boolean> {
  const locks = await engineLocks(home, stack.name);
  return isHeld(home.runs, stack.name) || locks.some(({ alive }) => alive);
}

/** What a person reads of it; where all is on this machine, without a column for machines. */
export function driftLines(stack: string, findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [`stack ${stack} is as the last run left it`];
  const far = findings.some(({ machine }) => machine !== undefined);
  const columns = [
    { title: "what" },
    { title: "name" },
    ...(far ? [{ title: "machine" }] : []),
    { title: "found" },
    { title: "remedy" },
  ];
  const rows = findings.map(({ kind, name, machine = "", found, remedy }) => [
    kind,
    name,
    ...(far ? [machine] : []),
    found,
    remedy,
  ]);
  // A remedy is there to be copied: nothing is cut short.
  const lines = table(columns, rows, { width: Infinity });
  return [...lines, `${count(findings.length, "difference")} on stack ${stack}`];
}
