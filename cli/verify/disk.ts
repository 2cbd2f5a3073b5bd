import { diskText, roomLeft, type Disk, type UnseenDisk } from "../docker/disk.ts";
import type { Verdict } from "./verdicts.ts";

/** Whether there is room on a machine's disk. One that is low is a warning, and where writes may fail nothing is well. */
export function diskVerdict(disk: Disk | UnseenDisk, stack: string): Verdict {
  const [level, what] = ["machine", `disk of ${disk.machine}`] as const;
  if ("reason" in disk)
    return { level, what, outcome: "skip", detail: `can't be looked at from here: ${disk.reason}` };
  const outcome = ({ enough: "pass", low: "warn", short: "fail" } as const)[roomLeft(disk)];
  return { level, what, outcome, detail: diskText(disk, stack) };
}
