import { stringify } from "yaml";

/** When an alert fires. Shares are of 1. */
export interface AlertLimits {
  /** Share of requests answered with 5xx. @default 0.05 */
  errorShare?: number;
  /** Seconds within which 95 of 100 requests are answered. @default 1 */
  latencySeconds?: number;
  /** Share of a disk that has to be free. @default 0.1 */
  diskFree?: number;
  /** Share of its limit that a container's memory may take. @default 0.9 */
  memoryShare?: number;
  /** Days a certificate has to be good for. @default 14 */
  certificateDays?: number;
  /** Hours since the last backup that succeeded. @default 26 */
  backupHours?: number;
  /** Days since a backup was last restored on trial. @default 8 */
  drillDays?: number;
  /**
   * Seconds over which rates are taken and for which a problem has to last before its alert fires: a target that is down for
   * a fifth of it, errors for two fifths. @default 300
   */
  windowSeconds?: number;
}

/** A rule as Prometheus reads it (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules). */
interface Rule {
  alert: string;
  expr: string;
  for?: string;
  severity: "critical" | "warning";
  summary: string;
}

/**
 * The alert rules that hold for any system. A proxy with TLS tells of its certificate itself. Backups and their drills
 * are reported by the container that makes them, in a file of the facts volume; where there are none, these never fire.
 * A prepared server's own unit leaves there what its firewall is.
 */
export function alertsYml(limits: AlertLimits = {}): string {
  const rules = [...recorded, ...alertRules(limits).map(written)];
  return stringify({ groups: [{ name: "berth", rules }] }, { lineWidth: 0 });
}

/** cAdvisor's metrics, by service and container. */
const owner =
  "on (container_id) group_left (service, container) max by (container_id, service, container) (berth_container_info)";
const recorded = [
  {
    record: "berth:container_memory:bytes",
    expr: `sum by (container_id) (container_memory_working_set_bytes) * ${owner}`,
  },
  {
    record: "berth:container_memory:share",
    expr: `sum by (container_id) (container_memory_working_set_bytes) / (sum by (container_id) (container_spec_memory_limit_bytes) > 0) * ${owner}`,
  },
  {
    record: "berth:container_cpu:cores",
    expr: `sum by (container_id) (rate(container_cpu_usage_seconds_total[2m])) * ${owner}`,
  },
  {
    record: "berth:container_restarts:15m",
    expr: `max by (container_id) (changes(container_start_time_seconds[15m])) * ${owner}`,
  },
];

function alertRules(limits: AlertLimits): Rule[] {
  const { errorShare = 0.05, latencySeconds = 1, diskFree = 0.1, memoryShare = 0.9 } = limits;
  const { certificateDays = 14, backupHours = 26, drillDays = 8, windowSeconds: window = 300 } = limits;
  const lasting = (share: number) => `${Math.ceil(window * share)}s`;
  return [
    {
      alert: "Down",
      expr: 'up == 0 or {__name__=~"pg_up|redis_up|nginx_up"} == 0',
      for: lasting(0.2),
      severity: "critical",
      summary: "{{ $labels.service }} at {{ $labels.instance }} doesn't answer",
    },
    {
      alert: "Restarting",
      expr: "berth:container_restarts:15m > 2",
      severity: "critical",
      summary: "{{ $labels.container }} started {{ $value }} times in 15 minutes",
    },
    {
      alert: "ErrorRate",
      expr: `sum by (service) (rate(http_requests_total{status=~"5.."}[${window}s])) / sum by (service) (rate(http_requests_total[${window}s])) > ${errorShare}`,
      for: lasting(0.4),
      severity: "critical",
      summary: "{{ $value | humanizePercentage }} of {{ $labels.service }}'s answers are errors",
    },
    {
      alert: "Latency",
      expr: `histogram_quantile(0.95, sum by (service, le) (rate(http_request_seconds_bucket[${window}s]))) > ${latencySeconds}`,
      for: lasting(1),
      severity: "warning",
      summary: "5 of 100 requests to {{ $labels.service }} take longer than {{ $value | humanizeDuration }}",
    },
    {
      alert: "Disk",
      expr: `node_filesystem_avail_bytes{${disks}} / node_filesystem_size_bytes{${disks}} < ${diskFree}`,
      for: lasting(1),
      severity: "critical",
      summary: "{{ $labels.mountpoint }} has {{ $value | humanizePercentage }} left",
    },
    {
      alert: "Memory",
      expr: `berth:container_memory:share > ${memoryShare}`,
      for: lasting(1),
      severity: "warning",
      summary: "{{ $labels.container }} takes {{ $value | humanizePercentage }} of its memory",
    },
    {
      alert: "HostMemory",
      expr: "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.05",
      for: lasting(1),
      severity: "critical",
      summary: "the machine has {{ $value | humanizePercentage }} of its memory left",
    },
    {
      alert: "Firewall",
      expr: "berth_firewall_closed == 0 or time() - berth_firewall_checked_timestamp_seconds > 300",
      severity: "critical",
      summary: "the machine's firewall is open, or nobody has looked at it for five minutes",
    },
    {
      alert: "CertificateAge",
      expr: `berth_certificate_expiry_timestamp_seconds - time() < ${certificateDays * 86400}`,
      severity: "critical",
      summary: "the certificate ends in {{ $value | humanizeDuration }}",
    },
    {
      alert: "CertificateFailed",
      expr: "berth_certificate_failures > 2",
      for: lasting(0.2),
      severity: "warning",
      summary: "{{ $value }} tries in a row gave no certificate; berth logs certificates says why",
    },
    {
      alert: "CertificateMissing",
      expr: "berth_certificate_placeholder == 1",
      for: lasting(2),
      severity: "critical",
      summary: "no certificate has been issued yet, and browsers warn; berth logs certificates says why",
    },
    {
      alert: "BackupAge",
      // Where none has succeeded yet, since backups were first wanted.
      expr: `time() - (berth_backup_success_timestamp_seconds or berth_backup_since_timestamp_seconds) > ${backupHours * 3600}`,
      severity: "critical",
      summary: "the last backup that succeeded is {{ $value | humanizeDuration }} old",
    },
    {
      alert: "BackupFailed",
      expr: "berth_backup_exit_code > 0",
      severity: "critical",
      summary: "the last backup failed; berth status says why",
    },
    {
      alert: "DrillAge",
      expr: `time() - (berth_drill_success_timestamp_seconds or berth_drill_since_timestamp_seconds) > ${drillDays * 86400}`,
      severity: "warning",
      summary: "nobody has seen for {{ $value | humanizeDuration }} that a backup can be restored",
    },
    {
      alert: "DrillFailed",
      expr: "berth_drill_exit_code > 0",
      severity: "critical",
      summary: "the newest backup couldn't be restored; berth status says why",
    },
  ];
}

const disks = 'fstype!~"tmpfs|overlay|squashfs|ramfs|nsfs"';

function written({ alert, expr, for: pending, severity, summary }: Rule) {
  return {
    alert,
    expr,
    ...(pending !== undefined && { for: pending }),
    labels: { severity },
    annotations: { summary },
  };
}
