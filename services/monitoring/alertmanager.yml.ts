import { stringify } from "yaml";

/** Where alerts go. */
export interface AlertOptions {
  /** A URL that gets each alert by POST, such as a chat's. @default none: alerts are kept and shown */
  webhook?: string;
}

/** `alertmanager.yml`; `amtool check-config` holds it (https://prometheus.io/docs/alerting/latest/configuration). */
export function alertmanagerYml({ webhook }: AlertOptions = {}): string {
  return stringify({
    route: {
      receiver: "operator",
      group_by: ["alertname", "service"],
      group_wait: "10s",
      group_interval: "1m",
      repeat_interval: "4h",
    },
    receivers: [
      {
        name: "operator",
        ...(webhook !== undefined && { webhook_configs: [{ url: webhook, send_resolved: true }] }),
      },
    ],
    // A service that is down gives one alert, not one for each of its other problems too.
    inhibit_rules: [
      {
        source_matchers: ['alertname = "Down"'],
        target_matchers: ['alertname =~ "ErrorRate|Latency"'],
        equal: ["service"],
      },
    ],
  });
}
