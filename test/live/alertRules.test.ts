import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, test } from "vitest";
import { stringify } from "yaml";
import { alertsYml } from "../../services/monitoring/alerts.yml.ts";
import { monitors } from "../../services/monitoring/definition.ts";
import { prepareImages } from "../tools/prepare.ts";

const { image } = monitors.prometheus;
const info = `berth_container_info{service="api",container="api-1",container_id="f00"}`;

/** Series as `promtool test rules` writes them: a value a minute. */
interface Case {
  what: string;
  series: Record<string, string>;
  /** Alerts that fire at this time, and no others. */
  time: string;
  fires: string[];
}

const cases: Case[] = [
  {
    what: "a system that is well",
    series: {
      'up{service="api"}': "1x60",
      'http_requests_total{service="api",status="200"}': "0+100x60",
      'http_request_seconds_bucket{service="api",le="0.1"}': "0+100x60",
      'http_request_seconds_bucket{service="api",le="+Inf"}': "0+100x60",
      'node_filesystem_avail_bytes{fstype="ext4",mountpoint="/"}': "50x60",
      'node_filesystem_size_bytes{fstype="ext4",mountpoint="/"}': "100x60",
      [info]: "1x60",
      'container_start_time_seconds{container_id="f00"}': "5x60",
      'container_memory_working_set_bytes{container_id="f00"}': "40x60",
      'container_spec_memory_limit_bytes{container_id="f00"}': "100x60",
      berth_backup_success_timestamp_seconds: "0x60",
      berth_firewall_closed: "1x60",
      berth_firewall_checked_timestamp_seconds: "0+60x60",
      berth_certificate_expiry_timestamp_seconds: "7776000x60",
    },
    time: "30m",
    fires: [],
  },
  { what: "a target that is gone", series: { 'up{service="api"}': "0x10" }, time: "5m", fires: ["Down"] },
  { what: "a database that is gone", series: { 'pg_up{service="x"}': "0x10" }, time: "5m", fires: ["Down"] },
  {
    what: "a container that starts again and again",
    series: { [info]: "1x20", 'container_start_time_seconds{container_id="f00"}': "1+60x20" },
    time: "10m",
    fires: ["Restarting"],
  },
  {
    what: "answers that are errors",
    series: {
      'http_requests_total{service="api",status="200"}': "0+90x20",
      'http_requests_total{service="api",status="503"}': "0+10x20",
    },
    time: "10m",
    fires: ["ErrorRate"],
  },
  {
    what: "answers that take long",
    series: {
      'http_request_seconds_bucket{service="api",le="1"}': "0+50x30",
      'http_request_seconds_bucket{service="api",le="5"}': "0+100x30",
      'http_request_seconds_bucket{service="api",le="+Inf"}': "0+100x30",
    },
    time: "20m",
    fires: ["Latency"],
  },
  {
    what: "a firewall that is open",
    series: { berth_firewall_closed: "0x3", berth_firewall_checked_timestamp_seconds: "0+60x3" },
    time: "2m",
    fires: ["Firewall"],
  },
  {
    what: "a firewall that nobody looks at any more",
    series: { berth_firewall_closed: "1x20", berth_firewall_checked_timestamp_seconds: "0x20" },
    time: "6m",
    fires: ["Firewall"],
  },
  {
    what: "a disk that fills",
    series: {
      'node_filesystem_avail_bytes{fstype="ext4",mountpoint="/"}': "5x20",
      'node_filesystem_size_bytes{fstype="ext4",mountpoint="/"}': "100x20",
    },
    time: "10m",
    fires: ["Disk"],
  },
  {
    what: "a container at its memory's end",
    series: {
      [info]: "1x20",
      'container_memory_working_set_bytes{container_id="f00"}': "95x20",
      'container_spec_memory_limit_bytes{container_id="f00"}': "100x20",
    },
    time: "10m",
    fires: ["Memory"],
  },
  {
    what: "a machine at its memory's end",
    series: { node_memory_MemAvailable_bytes: "4x20", node_memory_MemTotal_bytes: "100x20" },
    time: "10m",
    fires: ["HostMemory"],
  },
  {
    what: "a certificate that ends soon",
    series: { berth_certificate_expiry_timestamp_seconds: "86400x20" },
    time: "5m",
    fires: ["CertificateAge"],
  },
  {
    what: "a CA that gives no certificate",
    series: { berth_certificate_failures: "0 1 2 3x20" },
    time: "10m",
    fires: ["CertificateFailed"],
  },
  {
    what: "a proxy that signed its own certificate",
    series: { berth_certificate_placeholder: "1x20" },
    time: "12m",
    fires: ["CertificateMissing"],
  },
  {
    what: "a backup that is old",
    series: { berth_backup_success_timestamp_seconds: "0x2000" },
    time: "27h",
    fires: ["BackupAge"],
  },
  {
    what: "a system that is to be backed up and never was",
    series: { berth_backup_since_timestamp_seconds: "0x2000" },
    time: "27h",
    fires: ["BackupAge"],
  },
  {
    what: "a new backup of a system that was to be backed up long ago",
    series: {
      berth_backup_since_timestamp_seconds: "0x2000",
      berth_backup_success_timestamp_seconds: "90000x2000",
    },
    time: "27h",
    fires: [],
  },
  {
    what: "a backup that failed",
    series: { berth_backup_exit_code: "1x20" },
    time: "5m",
    fires: ["BackupFailed"],
  },
  {
    what: "a backup that nobody has tried to restore, and one that couldn't be",
    series: { berth_drill_since_timestamp_seconds: "0x15000", berth_drill_exit_code: "1x15000" },
    time: "193h",
    fires: ["DrillAge", "DrillFailed"],
  },
];

let folder: string;
beforeAll(async () => {
  await prepareImages([image]);
  folder = await mkdtemp(join(tmpdir(), "berth-rules-"));
  await writeFile(join(folder, "alerts.yml"), alertsYml(), { mode: 0o644 });
  await execa("chmod", ["755", folder]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What promtool says of these cases with these rules. */
async function promtool(tests: readonly Case[]) {
  const file = {
    rule_files: ["alerts.yml"],
    evaluation_interval: "1m",
    tests: tests.map(({ what, series, time, fires }) => ({
      name: what,
      interval: "1m",
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: time,
          exp_samples: fires.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
        },
      ],
    })),
  };
  await writeFile(join(folder, "cases.yml"), stringify(file), { mode: 0o644 });
  const mount = ["-v", `${folder}:/rules:ro`, "--entrypoint", "promtool"];
  const run = ["run", "--rm", "--network", "none", ...mount, image, "test", "rules", "/rules/cases.yml"];
  return execa("docker", run, { reject: false, all: true });
}

for (const each of cases) {
  test(`${each.what}: ${each.fires.join(", ") || "no alert"}`, async () => {
    const { exitCode, all } = await promtool([each]);
    assert.equal(exitCode, 0, all);
  });
}

test("promtool refuses what doesn't fire", async () => {
  const [well] = cases;
  assert.ok(well);
  const { exitCode } = await promtool([{ ...well, fires: ["Down"] }]);
  assert.notEqual(exitCode, 0);
});
