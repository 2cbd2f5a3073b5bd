import { stringify } from "yaml";

/** What a Prometheus server is configured with. Times are in seconds. */
export interface PrometheusOptions {
  system: string;
  stack: string;
  /** Between two scrapes of a target. @default 15 */
  scrapeSeconds?: number;
  /** Targets that stay where they are. */
  jobs: readonly ScrapeJob[];
  /** A file of targets that come and go, see `targets.json.ts`; Prometheus follows its changes by itself. */
  targetsFile?: string;
  /** Files of alert rules. */
  ruleFiles: readonly string[];
  /** `alertmanager:9093`. @default none: alerts are only shown */
  alertmanager?: string;
}

export interface ScrapeJob {
  /** What alerts and dashboards call it. */
  job: string;
  /** `host:port`. */
  target: string;
  /** @default "/metrics" */
  path?: string;
  /** The labels of its metrics hold a container's id, as cAdvisor's do. @default false */
  containers?: boolean;
  /** Its metrics are about other services, which their labels name. @default false: all is about itself */
  ofOthers?: boolean;
}

/** `prometheus.yml`; `promtool check config` holds it (https://prometheus.io/docs/prometheus/latest/configuration/configuration). */
export function prometheusYml(options: PrometheusOptions): string {
  const { system, stack, scrapeSeconds = 15, jobs, targetsFile, ruleFiles, alertmanager } = options;
  const seconds = `${scrapeSeconds}s`;
  return stringify({
    global: {
      scrape_interval: seconds,
      scrape_timeout: `${Math.min(10, scrapeSeconds)}s`,
      evaluation_interval: seconds,
      external_labels: { system, stack },
    },
    rule_files: ruleFiles,
    ...(alertmanager !== undefined && {
      alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    }),
    scrape_configs: [
      ...together(jobs).map(scrapeConfig),
      ...(targetsFile === undefined
        ? []
        : [{ job_name: "services", file_sd_configs: [{ files: [targetsFile], refresh_interval: "30s" }] }]),
    ],
  });
}

type Together = Omit<ScrapeJob, "target"> & { targets: string[] };

/** A job has a name of its own, and as many targets as there are. */
function together(jobs: readonly ScrapeJob[]): Together[] {
  const found = new Map<string, Together>();
  for (const { target, ...rest } of jobs) {
    const targets = found.get(rest.job)?.targets ?? [];
    found.set(rest.job, { ...rest, targets: [...targets, target] });
  }
  return [...found.values()];
}

function scrapeConfig({ job, targets, path, containers, ofOthers }: Together) {
  return {
    job_name: job,
    ...(path !== undefined && { metrics_path: path }),
    // Otherwise its own label `service` would become `exported_service`, and rules would blame the exporter.
    ...(ofOthers === true && { honor_labels: true }),
    static_configs: [{ targets, labels: { service: job } }],
    ...(containers === true && { metric_relabel_configs: containerIds }),
  };
}

/**
 * `/docker/<id>` and `/system.slice/docker-<id>.scope` alike, and of a container within a container the inner one's;
 * what is no container's is dropped.
 */
const containerIds = [
  {
    source_labels: ["__name__", "id"],
    separator: ";",
    regex: "container_.*;(?:.*[/-])?(?:[0-9a-f]{64})(?:\\.scope)?|(?:machine|cadvisor|process|go)_.*;.*",
    action: "keep",
  },
  { source_labels: ["id"], regex: ".*([0-9a-f]{64})(?:\\.scope)?", target_label: "container_id" },
  { regex: "id|name|image", action: "labeldrop" },
];
