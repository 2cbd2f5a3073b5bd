import { exec } from "../tools/docker.ts";
import type { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

interface Target {
  labels: { service: string };
  health: string;
  lastError: string;
}

export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

/** A stack's Prometheus and its Alertmanager, asked from within their own containers: neither is published. */
export class Prometheus {
  constructor(private readonly stack: LiveStack) {}

  /** Services of all targets, sorted, as soon as every one is up. */
  targets(): Promise<string[]> {
    return until("every target is up", 180, async () => {
      const { activeTargets } = await this.ask<{ activeTargets: Target[] }>("/api/v1/targets");
      const all = activeTargets.length > 0 && activeTargets.every(({ health }) => health === "up");
      return all && activeTargets.map(({ labels }) => labels.service).sort();
    });
  }

  /** @throws what Prometheus says of a query it can't answer */
  async query(text: string): Promise<Sample[]> {
    const path = `/api/v1/query?query=${encodeURIComponent(text)}`;
    return (await this.ask<{ result: Sample[] }>(path)).result;
  }

  private async ask<T>(path: string): Promise<T> {
    const answer = JSON.parse(await this.read("prometheus", 9090, path)) as { data?: T; error?: string };
    if (answer.data === undefined) throw new Error(`${path}: ${answer.error ?? "no data"}`);
    return answer.data;
  }

  /** Names of alerts, with the service they are about, that have reached Alertmanager. */
  async alerts(): Promise<string[]> {
    const alerts = JSON.parse(await this.read("alertmanager", 9093, "/api/v2/alerts")) as {
      labels: { alertname: string; service?: string };
    }[];
    return alerts.map(({ labels }) => `${labels.alertname} ${labels.service ?? "-"}`).sort();
  }

  private async read(service: string, port: number, path: string): Promise<string> {
    const [server] = await this.stack.containers(service);
    const { output } = await exec(server?.id ?? "", ["curl", "-sS", `http://127.0.0.1:${port}${path}`]);
    return output;
  }
}
