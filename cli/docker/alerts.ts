import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import type { Settings } from "../../settings.ts";
import { exec } from "./exec.ts";
import { serviceOf } from "./owned.ts";

/** An alert that fires. */
export interface FiringAlert {
  alert: string;
  severity: string;
  /** What it is about: a service, else what was asked for its metrics. */
  about: string;
  /** When it began, as ISO 8601. */
  since: string;
  summary: string;
  /** Nobody is told of it for now. */
  silenced: boolean;
}

const service = "alertmanager";

/** The alerts of a system that is watched, those that began last first; none where Alertmanager doesn't answer. */
export async function firingAlerts(
  docker: Docker,
  containers: readonly ContainerInfo[],
  services: Settings["services"] | undefined,
): Promise<FiringAlert[]> {
  const server = containers.find((one) => serviceOf(one) === service && one.State === "running");
  if (server === undefined) return [];
  const url = `http://127.0.0.1:${services?.[service]?.port ?? 9093}`;
  const ask = ["amtool", "alert", "query", "--output=json", `--alertmanager.url=${url}`];
  const reply = await exec(docker, server.Id, ask).catch(() => undefined);
  return reply?.code === 0 ? parseAlerts(reply.output) : [];
}

/** What `amtool alert query` prints (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml). */
export function parseAlerts(text: string): FiringAlert[] {
  const alerts = JSON.parse(text) as Partial<GettableAlert>[] | null;
  return (alerts ?? [])
    .map(({ labels = {}, annotations = {}, startsAt = "", status }) => ({
      alert: labels.alertname ?? "?",
      severity: labels.severity ?? "",
      about: labels.service ?? labels.job ?? labels.instance ?? "",
      since: startsAt,
      summary: annotations.summary ?? "",
      silenced: status?.state === "suppressed",
    }))
    .toSorted((one, other) => (one.since < other.since ? 1 : -1));
}

interface GettableAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  status: { state: string };
}
