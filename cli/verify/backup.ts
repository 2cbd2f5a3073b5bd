import { isLate, stateText, type BackupState } from "../backup/state.ts";
import type { Verdict } from "./verdicts.ts";

/** Whether the last backup is whole and no older than its schedule allows. A system may go without. */
export function backupVerdict(state: BackupState, now = Date.now()): Verdict {
  const outcomes = {
    none: "skip",
    waiting: "skip",
    complete: "pass",
    failed: "fail",
    unknown: "fail",
  } as const;
  const failed = state.drill?.failed === true || isLate(state, now);
  return {
    level: "backup",
    what: "last backup",
    outcome: failed ? "fail" : outcomes[state.result],
    detail: stateText(state, now),
  };
}
