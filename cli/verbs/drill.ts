import { backupCommand } from "../backup/command.ts";
import { openBackups } from "../backup/place.ts";
import { streamed } from "../docker/stream.ts";
import { Refusal } from "../refusal.ts";
import type { CommonOptions } from "../session.ts";

/** Tries whether the newest backup can be restored; nothing of the system is touched. Returns the exit code. */
export async function drill(options: CommonOptions): Promise<number> {
  const { session, settings, docker, container } = await openBackups(options);
  if (settings.backup?.drill === "off")
    throw new Refusal(["backup.drill: must be weekly for a drill, got off; what it takes isn't there"]);
  const { output, stack } = session;
  const code = await streamed(docker, container.Id, backupCommand("drill"), (line) => {
    output.say(line);
  });
  if (output.json) output.emit({ stack: stack.name, result: code === 0 ? "ok" : "failed" });
  return code === 0 ? 0 : 1;
}
