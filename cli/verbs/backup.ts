import { attended } from "../backup/attended.ts";
import { listBackups, openBackups, type BackupPlace } from "../backup/place.ts";
import { interruptedCode } from "../interrupt.ts";
import { Refusal } from "../refusal.ts";
import type { CommonOptions } from "../session.ts";
import { table } from "../table.ts";
import { age } from "../units.ts";

/** Makes a backup now, or says which there are. Returns the exit code. */
export async function backup(what: string, options: CommonOptions): Promise<number> {
  if (what !== "now" && what !== "list") throw new Refusal([`backup: must be now or list, got "${what}"`]);
  const place = await openBackups(options);
  return what === "now" ? await make(place) : await list(place);
}

async function make({ session: { output, stack }, docker, container }: BackupPlace): Promise<number> {
  const say = (line: string) => {
    output.say(line);
  };
  const code = await attended("run", { docker, container: container.Id, say });
  const interrupted = code === interruptedCode;
  const result = code === 0 ? "ok" : interrupted ? "interrupted" : "failed";
  if (output.json) output.emit({ stack: stack.name, result });
  return code === 0 || interrupted ? code : 1;
}

async function list(place: BackupPlace): Promise<number> {
  const { output } = place.session;
  const backups = await listBackups(place);
  if (output.json) {
    output.emit({ backups });
    return 0;
  }
  const rows = backups.map(({ time, stack }) => [time, age(Date.now() - Date.parse(time)), stack]);
  const titles = [{ title: "time" }, { title: "age", align: "right" } as const, { title: "stack" }];
  for (const line of rows.length === 0 ? ["there is no backup yet"] : table(titles, rows)) output.say(line);
  return 0;
}
