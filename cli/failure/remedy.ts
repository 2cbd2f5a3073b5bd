import type { ContainerInspectInfo } from "dockerode";
import { askedPort } from "../../components/containers/probeHealth.ts";
import { remedyFor } from "../../components/containers/remedy.ts";
import { handedAsFiles } from "../../components/containers/remedyVariable.ts";
import type { Condition } from "./reason.ts";

/** What an inspected container says beside its condition; the engine leaves out what there is none of. */
export type Remains = Condition & {
  Config: {
    Env?: string[] | null;
    WorkingDir?: string;
    ExposedPorts?: ContainerInspectInfo["Config"]["ExposedPorts"] | null;
    Healthcheck?: { Test?: string[] };
  };
};

/**
 * The setting that mends a container's failure. Only an application is told its own name, and `override` is for those:
 * a database runs as it has to.
 */
export function remedyOf(service: string, { State, HostConfig, Config }: Remains, log: readonly string[]) {
  if (!Config.Env?.some((variable) => variable.startsWith("SERVICE_NAME="))) return undefined;
  const { OOMKilled, ExitCode, Health } = State;
  const unwell = State.Status === "running" && Health !== undefined && Health.Status !== "healthy";
  return remedyFor({
    service,
    log,
    exitCode: ExitCode,
    ...(OOMKilled && { overMemory: Math.round((HostConfig.Memory ?? 0) / 2 ** 20) }),
    ...(unwell && { check: Health.Log.at(-1)?.Output.trim() ?? "" }),
    asFiles: handedAsFiles(Config.Env),
    port: askedPort(Config.Healthcheck?.Test ?? []),
    workFolder: Config.WorkingDir === "" ? undefined : Config.WorkingDir,
    exposed: Object.keys(Config.ExposedPorts ?? {}).map((port) => Number.parseInt(port, 10)),
  });
}
