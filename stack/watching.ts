import * as pulumi from "@pulumi/pulumi";
import type { Network } from "../components/containers/network.ts";
import type { Scope } from "../components/containers/scope.ts";
import { Grafana } from "../services/monitoring/grafana.ts";
import type { MonitoringServices } from "../services/monitoring/monitored.ts";
import { Monitoring, type MonitoringArgs } from "../services/monitoring/monitoring.ts";
import type { ProxyRoute } from "../services/proxy/nginx.ts";

export interface WatchingArgs {
  scope: Scope;
  network: Network;
  /** Those of monitoring; none where the system isn't watched. */
  services: MonitoringServices;
  /** When alerts fire, and where they go. */
  alerts: MonitoringArgs["alerts"];
  /** Folder of the machine for its data. @default none: volumes */
  dataRoot?: string;
}

const path = "/grafana/";

/**
 * What a system needs to be watched: Grafana before the proxy that leads to it, everything else after all that it
 * watches. Where the stack isn't watched it makes nothing.
 */
export class Watching {
  /** Whether databases, proxies and stores have to tell their numbers. */
  readonly active: boolean;
  readonly #grafana: Grafana | undefined;

  constructor(
    private readonly args: WatchingArgs,
    private readonly parent: pulumi.Resource,
  ) {
    const { scope, network, services, dataRoot } = args;
    const { prometheus, grafana } = services;
    this.active = prometheus !== undefined;
    this.#grafana =
      grafana &&
      new Grafana(
        "grafana",
        {
          scope,
          network,
          service: grafana,
          prometheus: `http://prometheus:${prometheus?.port ?? 9090}`,
          path,
          dataRoot,
        },
        { parent },
      );
  }

  /** For the public listener: the way to Grafana, and none to numbers, which are Prometheus's to read. */
  routes(...numbers: string[]): ProxyRoute[] {
    if (!this.active) return [];
    const hidden = numbers.map((route): ProxyRoute => ({ path: route, to: { answer: 404 } }));
    return [...hidden, ...(this.#grafana?.routes() ?? [])];
  }

  /** Known once what is handed to it is watched. `parent` mustn't be what others wait for before they are there. */
  watch(
    parts: Omit<MonitoringArgs, "scope" | "network" | "services" | "alerts" | "dataRoot">,
    parent: pulumi.Resource = this.parent,
  ): pulumi.Output<true> {
    const { prometheus } = this.args.services;
    if (prometheus === undefined) return pulumi.output(true as const);
    const services = { ...this.args.services, prometheus };
    const others = [...(parts.others ?? []), ...(this.#grafana ? [this.#grafana] : [])];
    return new Monitoring("monitoring", { ...this.args, ...parts, services, others }, { parent }).ready;
  }

  /** Pages for people. */
  pages(): Record<string, string> {
    return this.#grafana ? { monitoring: path } : {};
  }

  /** What they need to log in. */
  secrets(): Record<string, pulumi.Output<string>> {
    return this.#grafana ? { "monitoring, admin": this.#grafana.password } : {};
  }
}

/** The secrets of a system as it tells them: nothing at all where there are none. */
export function orNone(
  secrets: Record<string, pulumi.Output<string>>,
): Record<string, pulumi.Output<string>> | undefined {
  return Object.keys(secrets).length === 0 ? undefined : secrets;
}
