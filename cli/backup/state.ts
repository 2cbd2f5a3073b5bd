import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { exec } from "../docker/exec.ts";
import { serviceOf } from "../docker/owned.ts";
import type { Settings } from "../../settings.ts";
import { backupHours } from "../../settings/backup.ts";
import { age } from "../units.ts";
import { backupCommand } from "./command.ts";

/** How a stack's backups are. Times are in seconds since 1970. */
export interface BackupState {
  result: "none" | "waiting" | "complete" | "failed" | "unknown";
  /** Begin of the last that is whole. */
  success?: number;
  failure?: number;
  /** When backups were first wanted. */
  since?: number;
  /** How old the last one may be. */
  allowedHours?: number;
  /** Why the last one failed. */
  reason?: string;
  schedule?: string;
  drill?: { success?: number; failed: boolean; reason?: string };
}

/** Asks the container that makes them; `none` where settings name no target. */
export async function backupState(
  docker: Docker | undefined,
  services: readonly ContainerInfo[],
  settings: Pick<Settings, "backup" | "alerts"> | undefined,
): Promise<BackupState> {
  if (settings?.backup === undefined) return { result: "none" };
  const { schedule } = settings.backup;
  const container = services.find((one) => serviceOf(one) === "backup" && one.State === "running");
  if (docker === undefined || container === undefined) return { result: "unknown", schedule };
  const answer = await exec(docker, container.Id, backupCommand("status"), 30).catch(() => undefined);
  if (answer?.code !== 0) return { result: "unknown", schedule };
  return { ...stateIn(answer.output), schedule, allowedHours: backupHours(schedule, settings.alerts) };
}

/** Lines of `name value`. */
export function stateIn(output: string): BackupState {
  const values = new Map(
    output.split("\n").map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
  );
  const numberOf = (name: string) => (values.has(name) ? Number(values.get(name)) : undefined);
  const [success, failure, result] = [numberOf("success"), numberOf("failure"), numberOf("result")];
  const since = numberOf("since");
  const reason = values.get("reason");
  const drilled = numberOf("drill_result");
  return {
    result: result === undefined ? "waiting" : result === 0 ? "complete" : "failed",
    ...(success !== undefined && { success }),
    ...(failure !== undefined && { failure }),
    ...(since !== undefined && { since }),
    ...(reason !== undefined && result !== 0 && { reason }),
    ...(drilled !== undefined && {
      drill: {
        ...(values.has("drill_success") && { success: numberOf("drill_success") }),
        failed: drilled !== 0,
        ...(drilled !== 0 && { reason: values.get("drill_reason") }),
      },
    }),
  };
}

/** Whether the last whole one is older than its schedule allows; where there is none, the wish for one. */
export function isLate({ success, since, allowedHours: allowed }: BackupState, now = Date.now()): boolean {
  const last = success ?? since;
  return allowed !== undefined && last !== undefined && now / 1000 - last > allowed * 3600;
}

/** One line for people. */
export function stateText(state: BackupState, now = Date.now()): string {
  const ago = (time: number) => `${age(now - time * 1000)} ago`;
  const whole =
    state.success === undefined ? "there is none yet" : `the last whole one was begun ${ago(state.success)}`;
  const late = isLate(state, now) ? `, LATE: ${state.schedule} UTC allows ${state.allowedHours} hours` : "";
  const last = whole + late;
  const drill =
    state.drill === undefined
      ? ""
      : state.drill.failed
        ? `; the last drill FAILED (${state.drill.reason ?? "see berth logs backup"})`
        : `; tried ${ago(state.drill.success ?? 0)}`;
  switch (state.result) {
    case "none":
      return "none is made; berth:backup says where they go";
    case "unknown":
      return "its container doesn't answer";
    case "waiting":
      return `${last}, next by ${state.schedule} UTC${drill}`;
    case "complete":
      return `${last}${drill}`;
    case "failed":
      return `FAILED ${state.failure === undefined ? "" : `${ago(state.failure)} `}(${state.reason ?? "see berth logs backup"}); ${last}${drill}`;
  }
}
