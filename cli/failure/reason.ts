import type { ContainerInspectInfo } from "dockerode";
import { bytes } from "../units.ts";

/** The part of an inspected container that tells why it isn't healthy. */
export type Condition = Pick<ContainerInspectInfo, "RestartCount"> & {
  State: Pick<ContainerInspectInfo["State"], "Status" | "ExitCode" | "OOMKilled" | "Health">;
  HostConfig: Pick<ContainerInspectInfo["HostConfig"], "Memory">;
  Config?: { Healthcheck?: { Retries?: number } };
};

/** Why a container never became healthy, in a few words; `otherwise` is what the engine said. */
export function reasonFor({ State, RestartCount, HostConfig, Config }: Condition, otherwise: string): string {
  const { ExitCode, OOMKilled, Status, Health } = State;
  if (OOMKilled) return `killed for taking more than its ${bytes(HostConfig.Memory ?? 0)} of memory`;
  if (RestartCount > 0) return `crashes at boot: ended with ${exit(ExitCode)}, ${RestartCount + 1} times`;
  const check = Health?.Log.at(-1)?.Output.trim().split("\n").at(-1);
  const unwell = `not healthy in time${check ? `; its last check said: ${check}` : ""}`;
  // A swarm ends what stays unhealthy, and Docker calls unhealthy whatever has ended.
  const failing = (Health?.FailingStreak ?? 0) >= (Config?.Healthcheck?.Retries ?? 3);
  if (Status === "exited" && failing && endings.has(ExitCode)) return unwell;
  if (Status === "exited" || Status === "dead") return `ended with ${exit(ExitCode)}`;
  return Health && Health.Status !== "healthy" ? unwell : otherwise;
}

/** Exit codes of what was asked to end, by SIGTERM and at last SIGKILL. */
const endings: ReadonlySet<number> = new Set([0, 143, 137]);

/** Exit codes above 128 are signals (https://docs.docker.com/reference/cli/docker/container/run/#exit-status). */
function exit(code: number): string {
  const meaning: Record<number, string> = {
    126: ", its command can't be run",
    127: ", its command isn't there",
  };
  return `exit code ${code}${meaning[code] ?? ""}`;
}
