/** A dashboard of time series, as Grafana reads it (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model). */
export interface Dashboard {
  uid: string;
  title: string;
  panels: readonly Panel[];
}

/** One panel: a title, the unit of its values, and a query for each of its lines by legend. */
export interface Panel {
  title: string;
  unit: "short" | "reqps" | "s" | "percentunit" | "bytes" | "Bps" | "cores";
  queries: Readonly<Record<string, string>>;
}

/** The data source's name within Grafana. */
export const source = { type: "prometheus", uid: "berth" } as const;

export const dashboards: readonly Dashboard[] = [
  {
    uid: "overview",
    title: "Overview",
    panels: [
      panel("Targets that answer", "short", { "{{service}}": "sum by (service) (up)" }),
      panel("Alerts", "short", { "{{alertname}} {{service}}": 'ALERTS{alertstate="firing"}' }),
      panel("Machine: CPU", "percentunit", {
        busy: '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[2m]))',
      }),
      panel("Machine: memory in use", "percentunit", {
        used: "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
      }),
      panel("Machine: disk in use", "percentunit", {
        "{{mountpoint}}":
          '1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"} / node_filesystem_size_bytes{fstype!~"tmpfs|overlay"}',
      }),
      panel("Dependencies that answer", "short", {
        "{{service}} → {{dependency}}": "min by (service, dependency) (dependency_up)",
      }),
    ],
  },
  {
    uid: "requests",
    title: "Requests",
    panels: [
      panel("Requests", "reqps", { "{{service}}": "sum by (service) (rate(http_requests_total[2m]))" }),
      panel("Answers by status", "reqps", {
        "{{status}}": "sum by (status) (rate(http_requests_total[2m]))",
      }),
      panel("Errors", "percentunit", {
        "{{service}}":
          'sum by (service) (rate(http_requests_total{status=~"5.."}[2m])) / sum by (service) (rate(http_requests_total[2m]))',
      }),
      panel("Time to answer, 95 of 100", "s", {
        "{{service}}":
          "histogram_quantile(0.95, sum by (service, le) (rate(http_request_seconds_bucket[2m])))",
      }),
      panel("Proxy: connections", "short", {
        active: "nginx_connections_active",
        waiting: "nginx_connections_waiting",
      }),
      panel("Proxy: requests", "reqps", { requests: "rate(nginx_http_requests_total[2m])" }),
    ],
  },
  {
    uid: "database",
    title: "Database",
    panels: [
      panel("Sessions", "short", { "{{state}}": 'sum by (state) (pg_stat_activity_count{datname!=""})' }),
      panel("Transactions", "reqps", {
        committed: "sum(rate(pg_stat_database_xact_commit[2m]))",
        "rolled back": "sum(rate(pg_stat_database_xact_rollback[2m]))",
      }),
      panel("Found in memory", "percentunit", {
        share:
          "sum(rate(pg_stat_database_blks_hit[5m])) / (sum(rate(pg_stat_database_blks_hit[5m])) + sum(rate(pg_stat_database_blks_read[5m])))",
      }),
      panel("Size", "bytes", { "{{datname}}": "pg_database_size_bytes" }),
      panel("Redis: memory", "bytes", { used: "redis_memory_used_bytes", most: "redis_memory_max_bytes" }),
      panel("Redis: commands", "reqps", { commands: "rate(redis_commands_processed_total[2m])" }),
      panel("Queues: waiting", "short", { "{{key}}": "sum by (key) (redis_key_size)" }),
    ],
  },
  {
    uid: "containers",
    title: "Containers",
    panels: [
      panel("Memory", "bytes", { "{{container}}": "berth:container_memory:bytes" }),
      panel("Memory against its limit", "percentunit", { "{{container}}": "berth:container_memory:share" }),
      panel("CPU", "cores", { "{{container}}": "berth:container_cpu:cores" }),
      panel("Starts in 15 minutes", "short", { "{{container}}": "berth:container_restarts:15m" }),
    ],
  },
];

function panel(title: string, unit: Panel["unit"], queries: Panel["queries"]): Panel {
  return { title, unit, queries };
}

/** The dashboard's file: panels two a row. */
export function dashboardJson({ uid, title, panels }: Dashboard): string {
  const model = {
    uid,
    title,
    tags: ["berth"],
    schemaVersion: 39,
    editable: false,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    panels: panels.map((each, index) => ({
      id: index + 1,
      type: "timeseries",
      title: each.title,
      datasource: source,
      gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
      fieldConfig: { defaults: { unit: each.unit === "cores" ? "short" : each.unit, min: 0 }, overrides: [] },
      targets: Object.entries(each.queries).map(([legendFormat, expr], index) => ({
        refId: String.fromCharCode(65 + index),
        datasource: source,
        expr,
        legendFormat,
      })),
    })),
  };
  return `${JSON.stringify(model, undefined, 1)}\n`;
}
