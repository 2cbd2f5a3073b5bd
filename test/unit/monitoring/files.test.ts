import assert from "node:assert/strict";
import { test } from "vitest";
import { parse } from "yaml";
import { alertmanagerYml } from "../../../services/monitoring/alertmanager.yml.ts";
import { alertsYml } from "../../../services/monitoring/alerts.yml.ts";
import { dashboardJson, dashboards } from "../../../services/monitoring/dashboards.ts";
import { grafanaFiles } from "../../../services/monitoring/grafana.files.ts";
import { prometheusYml } from "../../../services/monitoring/prometheus.yml.ts";
import { containersProm, targetsJson } from "../../../services/monitoring/targets.json.ts";
import { postgresConf } from "../../../services/postgres/postgres.conf.ts";
import { provisionSql } from "../../../services/postgres/provision.sql.ts";
import { withoutMissing } from "../../../settings/dispensable.ts";
import { parseSettings, SettingsError } from "../../../settings.ts";
import { rowsOf } from "../../../systems/facts.ts";
import { mlConfig, validationConfig, vru } from "../../../systems/vru.ts";

const base = { system: "vru", stack: "dev", jobs: [], ruleFiles: ["/etc/berth/alerts.yml"] };

interface PrometheusConfig {
  alerting?: unknown;
  scrape_configs: {
    job_name: string;
    honor_labels?: boolean;
    metric_relabel_configs?: { regex: string }[];
  }[];
}

test("Prometheus scrapes what stays by name, and what comes and goes by a file", () => {
  const text = prometheusYml({
    ...base,
    jobs: [{ job: "node-exporter", target: "node-exporter:9100" }],
    targetsFile: "/facts/services.json",
    alertmanager: "alertmanager:9093",
  });
  assert.deepEqual(parse(text), {
    global: {
      scrape_interval: "15s",
      scrape_timeout: "10s",
      evaluation_interval: "15s",
      external_labels: { system: "vru", stack: "dev" },
    },
    rule_files: ["/etc/berth/alerts.yml"],
    alerting: { alertmanagers: [{ static_configs: [{ targets: ["alertmanager:9093"] }] }] },
    scrape_configs: [
      {
        job_name: "node-exporter",
        static_configs: [{ targets: ["node-exporter:9100"], labels: { service: "node-exporter" } }],
      },
      {
        job_name: "services",
        file_sd_configs: [{ files: ["/facts/services.json"], refresh_interval: "30s" }],
      },
    ],
  });
});

test("without Alertmanager alerts go nowhere, and a short interval shortens the timeout", () => {
  const config = parse(prometheusYml({ ...base, scrapeSeconds: 5 })) as PrometheusConfig & {
    global: { scrape_timeout: string };
  };
  assert.equal(config.alerting, undefined);
  assert.equal(config.global.scrape_timeout, "5s");
});

test("a container is found by its id under either of Docker's cgroup drivers, and nothing else is kept", () => {
  const job = { job: "cadvisor", target: "cadvisor:8080", containers: true };
  const { scrape_configs } = parse(prometheusYml({ ...base, jobs: [job] })) as PrometheusConfig;
  const [keep, id] = scrape_configs[0]?.metric_relabel_configs ?? [];
  const whole = (regex: string | undefined) => new RegExp(`^(?:${regex ?? ""})$`);
  const container = "0123456789abcdef".repeat(4);
  const outer = "f".repeat(64);
  const paths = [`/docker/${container}`, `/system.slice/docker-${container}.scope`];
  for (const path of [...paths, `/docker/${outer}/docker/${container}`]) {
    assert.match(`container_memory_usage_bytes;${path}`, whole(keep?.regex));
    assert.equal(whole(id?.regex).exec(path)?.[1], container);
  }
  for (const path of ["/", "/system.slice/ssh.service", "/docker"])
    assert.doesNotMatch(`container_memory_usage_bytes;${path}`, whole(keep?.regex));
  assert.match("machine_memory_bytes;", whole(keep?.regex));
});

test("facts about other services keep the service they name", () => {
  const jobs = [
    { job: "node-exporter", target: "node-exporter:9100", ofOthers: true },
    { job: "redis-exporter", target: "redis-exporter:9121" },
  ];
  const { scrape_configs } = parse(prometheusYml({ ...base, jobs })) as PrometheusConfig;
  assert.deepEqual(
    scrape_configs.map(({ honor_labels }) => honor_labels),
    [true, undefined],
  );
});

test("a service without numbers is no target", () => {
  const services = [
    { name: "api", servers: ["api-1-aa:8000", "api-2-bb:8000"], metrics: "/metrics" },
    { name: "pages", servers: ["pages-1-cc:3000"], metrics: "" },
    { name: "none", servers: [], metrics: "/metrics" },
  ];
  assert.deepEqual(JSON.parse(targetsJson(services)), [
    {
      targets: ["api-1-aa:8000", "api-2-bb:8000"],
      labels: { job: "api", service: "api", __metrics_path__: "/metrics" },
    },
  ]);
});

test("each container is told as a number that is always 1", () => {
  const lines = containersProm([{ service: "api", container: "api-1-aa", id: "f00" }]).split("\n");
  assert.deepEqual(lines.slice(2), [
    'berth_container_info{service="api",container="api-1-aa",container_id="f00"} 1',
    "",
  ]);
});

interface Rules {
  groups: { rules: { alert?: string; expr: string; annotations?: { summary: string } }[] }[];
}

test("there is an alert for each thing that can go wrong, with a sentence for a person", () => {
  const rules = (parse(alertsYml()) as Rules).groups.flatMap((group) => group.rules);
  const alerts = rules.filter(({ alert }) => alert !== undefined);
  assert.deepEqual(
    alerts.map(({ alert }) => alert),
    [
      "Down",
      "Restarting",
      "ErrorRate",
      "Latency",
      "Disk",
      "Memory",
      "HostMemory",
      "Firewall",
      "CertificateAge",
      "CertificateFailed",
      "CertificateMissing",
      "BackupAge",
      "BackupFailed",
      "DrillAge",
      "DrillFailed",
    ],
  );
  for (const { alert, annotations } of alerts) assert.ok(annotations?.summary, alert);
});

test("limits of alerts are settings", () => {
  const rules =
    (parse(alertsYml({ certificateDays: 3, backupHours: 2, drillDays: 2 })) as Rules).groups[0]?.rules ?? [];
  const expr = (name: string) => rules.find(({ alert }) => alert === name)?.expr;
  assert.equal(expr("CertificateAge"), "berth_certificate_expiry_timestamp_seconds - time() < 259200");
  assert.equal(
    expr("BackupAge"),
    "time() - (berth_backup_success_timestamp_seconds or berth_backup_since_timestamp_seconds) > 7200",
  );
  assert.equal(
    expr("DrillAge"),
    "time() - (berth_drill_success_timestamp_seconds or berth_drill_since_timestamp_seconds) > 172800",
  );
});

test("alerts go to a webhook when there is one", () => {
  const receivers = (text: string) => (parse(text) as { receivers: unknown }).receivers;
  assert.deepEqual(receivers(alertmanagerYml()), [{ name: "operator" }]);
  assert.deepEqual(receivers(alertmanagerYml({ webhook: "https://chat.example.org/x" })), [
    { name: "operator", webhook_configs: [{ url: "https://chat.example.org/x", send_resolved: true }] },
  ]);
});

test("alerts go by Slack, by mail and by whatever Alertmanager knows, each after those of ours", () => {
  const email = {
    recipients: ["a@example.org", "b@example.org"],
    sender: "c@example.org",
    smarthost: "smtp:587",
  };
  const receivers = {
    slack_configs: [{ api_url: "https://hooks.example.org/2", channel: "#ops" }],
    pagerduty_configs: [{ routing_key: "key" }],
  };
  const { receivers: found } = parse(
    alertmanagerYml({ slack: "https://hooks.example.org/1", email, receivers }),
  ) as { receivers: Record<string, unknown>[] };
  assert.deepEqual(found, [
    {
      name: "operator",
      slack_configs: [
        {
          api_url: "https://hooks.example.org/1",
          send_resolved: true,
          title: "[{{ .Status | toUpper }}] {{ .CommonLabels.alertname }}",
          text: "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ end }}",
        },
        { api_url: "https://hooks.example.org/2", channel: "#ops" },
      ],
      email_configs: [
        {
          to: "a@example.org, b@example.org",
          from: "c@example.org",
          smarthost: "smtp:587",
          require_tls: true,
          send_resolved: true,
        },
      ],
      pagerduty_configs: [{ routing_key: "key" }],
    },
  ]);
  const login = parse(alertmanagerYml({ email: { ...email, username: "u", password: "p", tls: false } })) as {
    receivers: { email_configs: Record<string, unknown>[] }[];
  };
  assert.deepEqual(login.receivers[0]?.email_configs[0], {
    to: "a@example.org, b@example.org",
    from: "c@example.org",
    smarthost: "smtp:587",
    auth_username: "u",
    auth_password: "p",
    require_tls: false,
    send_resolved: true,
  });
});

test("Grafana has its data source and four dashboards as files", () => {
  const { datasources, dashboards: providers, models } = grafanaFiles("http://prometheus:9090");
  const { datasources: sources } = parse(datasources["prometheus.yaml"] ?? "") as {
    datasources: { url: string; uid: string }[];
  };
  assert.deepEqual(
    sources.map(({ url, uid }) => [url, uid]),
    [["http://prometheus:9090", "berth"]],
  );
  assert.match(providers["berth.yaml"] ?? "", /path: \/etc\/berth-dashboards$/m);
  assert.deepEqual(Object.keys(models), [
    "overview.json",
    "requests.json",
    "database.json",
    "containers.json",
  ]);
});

test("every panel asks its own data source, and none lies over another", () => {
  for (const dashboard of dashboards) {
    const { panels } = JSON.parse(dashboardJson(dashboard)) as {
      panels: { gridPos: { x: number; y: number }; targets: { expr: string; refId: string }[] }[];
    };
    const places = panels.map(({ gridPos }) => `${gridPos.x} ${gridPos.y}`);
    assert.equal(new Set(places).size, panels.length, dashboard.uid);
    for (const { targets } of panels)
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length);
  }
});

test("postgresql.conf quotes its values, and asks for scram passwords", () => {
  const lines = postgresConf({ shared_buffers: "512MB", search_path: `a'b\\c` }).split("\n");
  assert.ok(lines.includes("password_encryption = 'scram-sha-256'"));
  assert.ok(lines.includes("shared_buffers = '512MB'"));
  assert.ok(lines.includes("search_path = 'a''b\\\\c'"));
});

test("postgresql.conf refuses what would be another line", () => {
  assert.throws(() => postgresConf({ "Shared Buffers": "1" }), {
    message: 'parameters: must be named by lower-case letters, digits and _, got "Shared Buffers"',
  });
  assert.throws(() => postgresConf({ log_statement: "all'\nport = 1" }), {
    message: `parameters.log_statement: must be one line, got "all'\\nport = 1"`,
  });
});

test("a role that watches reads statistics, and only where one is wanted", () => {
  const plain = { database: "vru", role: "vru", password: "p", superuserPassword: "s" };
  assert.doesNotMatch(provisionSql(plain), /pg_monitor/);
  const sql = provisionSql({ ...plain, monitor: { role: "monitoring", password: "m" } });
  assert.match(sql, /^GRANT pg_monitor TO "monitoring";$/m);
  assert.match(sql, /^ALTER ROLE "monitoring" LOGIN NOSUPERUSER .*PASSWORD 'm';$/m);
});

test("the ML engine looks at more frames together on a GPU", () => {
  const config = (device: "cuda" | "cpu") =>
    parse(mlConfig({ device, models: "/models" })) as { inference: { batch_size: number } };
  assert.equal(config("cuda").inference.batch_size, 8);
  assert.equal(config("cpu").inference.batch_size, 1);
});

test("the validation engine is told where the others answer", () => {
  const text = validationConfig({ mlEngine: "http://ml-engine:8001", cameras: "http://camera-service:8002" });
  assert.deepEqual(parse(text), {
    services: { ml_engine: "http://ml-engine:8001", cameras: "http://camera-service:8002" },
    workflow: { parallel: 4, retries: 2, timeout_seconds: 300 },
    thresholds: { precision: 0.9, recall: 0.85, latency_ms: 100 },
  });
});

test("what can be done without is left out where its image is missing, and said so", () => {
  const { services } = parseSettings({ system: "vru" });
  const kept = withoutMissing(services, rowsOf(vru), (image) => !/grafana|postgres:15/.test(image));
  assert.deepEqual(kept.warnings, [
    'optional.grafana: left out, for its image "grafana/grafana:11.6.0" couldn\'t be had; the rest runs',
  ]);
  assert.ok(!("grafana" in kept.services) && "postgres" in kept.services);
});

const wrong: [what: string, config: Record<string, unknown>, problem: string][] = [
  [
    "a relative root",
    { dataRoot: "data" },
    'dataRoot: must be an absolute path such as "/opt/data", not "/" alone, got "data"',
  ],
  [
    "the whole machine",
    { dataRoot: "/" },
    'dataRoot: must be an absolute path such as "/opt/data", not "/" alone, got "/"',
  ],
  [
    "a way out",
    { dataRoot: "/opt/../etc" },
    'dataRoot: must be an absolute path such as "/opt/data", not "/" alone, got "/opt/../etc"',
  ],
  [
    "a device that is none",
    { override: { "camera-service": { devices: ["/etc/passwd"] } } },
    'override.camera-service.devices.0: must be a device such as "/dev/video0", got "/etc/passwd"',
  ],
  [
    "a path of numbers that is none",
    { override: { frontend: { metrics: "metrics" } } },
    'override.frontend.metrics: must be a path such as "/metrics", or "" for none, got "metrics"',
  ],
  [
    "a service that can't be left out",
    { optional: { postgres: false } },
    "optional.postgres: unknown key; known: prometheus, alertmanager, grafana, cadvisor, node-exporter, nginx-exporter, postgres-exporter, redis-exporter",
  ],
];

for (const [what, config, problem] of wrong) {
  test(`settings refuse ${what}`, () => {
    assert.throws(
      () => parseSettings({ system: "vru", ...config }),
      (error) => error instanceof SettingsError && error.problems[0] === problem,
    );
  });
}
