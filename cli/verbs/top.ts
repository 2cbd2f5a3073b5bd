import { setTimeout as pause } from "node:timers/promises";
import type Docker from "dockerode";
import { reachedDockers } from "../docker/machines.ts";
import { engineInfo } from "../docker/open.ts";
import { owned } from "../docker/owned.ts";
import { usageOf } from "../docker/usage.ts";
import { checkpointToLook, nothingRuns } from "../look.ts";
import type { Output } from "../output.ts";
import { openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { topRows, topTable, type TopRow } from "../top/table.ts";

export interface TopOptions extends CommonOptions {
  watch?: boolean;
}

/** Beside the half second that one measurement takes. */
const pauseMs = 1500;

/** Says what each container of a stack uses, on all its machines. Exits with 1 where none runs. */
export async function top(options: TopOptions): Promise<number> {
  const session = await revealed(await openSession(options));
  const { output, stack } = session;
  const { checkpoint, unread } = await checkpointToLook(session);
  const { dockers } = await reachedDockers(stack.config, checkpoint);
  const machines = await Promise.all(
    dockers.map(async (docker) => ({ docker, name: (await engineInfo(docker)).Name })),
  );
  const look = async () => {
    const all = await Promise.all(machines.map(({ docker, name }) => rowsOf(docker, name, stack.name)));
    return all.flat();
  };
  const none = nothingRuns(stack.name, unread);
  let rows = await look();
  say(rows, { stack: stack.name, none }, output, false);
  while (options.watch === true) {
    await pause(pauseMs);
    rows = await look();
    say(rows, { stack: stack.name, none }, output, output.live);
  }
  return rows.length > 0 ? 0 : 1;
}

async function rowsOf(docker: Docker, machine: string, stack: string): Promise<TopRow[]> {
  const { containers } = await owned(docker, stack);
  const running = containers.filter(({ State }) => State === "running");
  return topRows(machine, running, await usageOf(docker, running));
}

/** Clears the screen first where the table is to stand in the place of the one before (ECMA-48: CUP, ED). */
function say(
  rows: readonly TopRow[],
  { stack, none }: { stack: string; none: string },
  output: Output,
  anew: boolean,
): void {
  if (output.json) {
    output.emit({ stack, time: new Date().toISOString(), containers: rows });
    return;
  }
  const lines = rows.length > 0 ? topTable(rows, output.colour) : [none];
  output.say(`${anew ? "\u001B[H\u001B[2J" : ""}${lines.join("\n")}`);
}
