import { attended } from "../backup/attended.ts";
import { backupCommand } from "../backup/command.ts";
import { openBackups } from "../backup/place.ts";
import { exec } from "../docker/exec.ts";
import { drillSystem } from "../drill/drill.ts";
import { withVerdict } from "../drill/verdict.ts";
import { interruptedCode } from "../interrupt.ts";
import { Refusal } from "../refusal.ts";
import type { CommonOptions } from "../session.ts";

/** Tries whether the newest backup can be restored; nothing of the system is touched. Returns the exit code. */
export async function drill(options: CommonOptions): Promise<number> {
  const place = await openBackups(options);
  const { session, settings, docker, container } = place;
  if (settings.backup?.drill === "off")
    throw new Refusal(["backup.drill: must be weekly for a drill, got off; what it takes isn't there"]);
  const { output, stack } = session;
  const say = (line: string) => {
    output.say(line);
  };
  const code = await attended("drill", { docker, container: container.Id, say });
  if (code === interruptedCode) {
    if (output.json) output.emit({ stack: stack.name, result: "interrupted" });
    return code;
  }
  const release = (heard: typeof say) => drillSystem(place, heard);
  const unfit = async (reason: string) => {
    const { code: kept, output: why } = await exec(docker, container.Id, backupCommand("unfit", reason));
    if (kept !== 0)
      say(`drill: the result wasn't kept, so status and alerts don't know of it: ${why.trim()}`);
  };
  const outside = Object.keys(settings.external).length > 0;
  if (code === 0 && outside) say("drill: no application was started, for what is external can't be tried");
  const ok = code === 0 && (outside || (await withVerdict(release, say, unfit)));
  if (output.json) output.emit({ stack: stack.name, result: ok ? "ok" : "failed" });
  return ok ? 0 : 1;
}
