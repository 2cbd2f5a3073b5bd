import { stateText, type BackupState } from "../backup/state.ts";
import type { Verdict } from "./verdicts.ts";

/** Whether the last backup is whole. One that isn't due yet is no failure, and a system may go without. */
export function backupVerdict(state: BackupState): Verdict {
  const outcomes = {
    none: "skip",
    waiting: "skip",
    complete: "pass",
    failed: "fail",
    unknown: "fail",
  } as const;
  const failed = state.drill?.failed === true;
  return {
    level: "backup",
    what: "last backup",
    outcome: failed ? "fail" : outcomes[state.result],
    detail: stateText(state),
  };
}
