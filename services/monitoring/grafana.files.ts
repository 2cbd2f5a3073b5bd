import { stringify } from "yaml";
import { dashboardJson, dashboards, source } from "./dashboards.ts";

/** Folders below `/etc/grafana/provisioning`, and where dashboards lie (https://grafana.com/docs/grafana/latest/administration/provisioning). */
export const grafanaFolders = {
  datasources: "/etc/grafana/provisioning/datasources",
  dashboards: "/etc/grafana/provisioning/dashboards",
  models: "/etc/berth-dashboards",
} as const;

/** What Grafana reads at its start, by folder: one data source, and dashboards nobody has to click together. */
export function grafanaFiles(
  prometheusUrl: string,
): Record<keyof typeof grafanaFolders, Record<string, string>> {
  return {
    datasources: { "prometheus.yaml": datasourceYaml(prometheusUrl) },
    dashboards: { "berth.yaml": providerYaml(grafanaFolders.models) },
    models: Object.fromEntries(dashboards.map((each) => [`${each.uid}.json`, dashboardJson(each)])),
  };
}

function datasourceYaml(url: string): string {
  const datasource = {
    name: "Prometheus",
    ...source,
    access: "proxy",
    url,
    isDefault: true,
    editable: false,
  };
  return stringify({ apiVersion: 1, prune: true, datasources: [datasource] });
}

function providerYaml(path: string): string {
  const provider = { name: "berth", type: "file", allowUiUpdates: false, options: { path } };
  return stringify({ apiVersion: 1, providers: [provider] });
}
