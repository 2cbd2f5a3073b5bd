import { stringify } from "yaml";

/** Where alerts go, each of them everywhere. */
export interface AlertOptions {
  /** A URL that gets each alert by POST, such as a chat's. @default none: alerts are kept and shown */
  webhook?: string;
  /** A URL that takes what Slack's incoming webhooks take. @default none */
  slack?: string;
  /** @default none */
  email?: AlertEmail;
  /**
   * Any others, in Alertmanager's own words
   * (https://prometheus.io/docs/alerting/latest/configuration/#receiver-integration-settings). @default none
   */
  receivers?: Readonly<Record<string, readonly Record<string, unknown>[] | undefined>>;
}

/** A mail server, and who gets mail by it. */
export interface AlertEmail {
  recipients: readonly string[];
  sender: string;
  /** `host:port`, which speaks STARTTLS, or TLS from the start on port 465. */
  smarthost: string;
  /** @default nobody logs in */
  username?: string;
  password?: string;
  /** Whether a server without TLS is refused. @default true */
  tls?: boolean;
}

/** `alertmanager.yml`; `amtool check-config` holds it (https://prometheus.io/docs/alerting/latest/configuration). */
export function alertmanagerYml(options: AlertOptions = {}): string {
  return stringify({
    route: {
      receiver: "operator",
      group_by: ["alertname", "service"],
      group_wait: "10s",
      group_interval: "1m",
      repeat_interval: "4h",
    },
    receivers: [{ name: "operator", ...receiversOf(options) }],
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

/** Each kind's list: ours before those in Alertmanager's words. */
function receiversOf({ webhook, slack, email, receivers = {} }: AlertOptions): Record<string, unknown[]> {
  const own: Record<string, unknown[]> = {
    webhook_configs: webhook === undefined ? [] : [{ url: webhook, send_resolved: true }],
    slack_configs: slack === undefined ? [] : [{ api_url: slack, send_resolved: true, ...slackText }],
    email_configs: email === undefined ? [] : [emailConfig(email)],
  };
  const kinds = [...new Set([...Object.keys(own), ...Object.keys(receivers)])];
  const lists = kinds.map((kind): [string, unknown[]] => [
    kind,
    [...(own[kind] ?? []), ...(receivers[kind] ?? [])],
  ]);
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}

/** Alertmanager's own text names the alert and leaves out what it says. */
const slackText = {
  title: "[{{ .Status | toUpper }}] {{ .CommonLabels.alertname }}",
  text: "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ end }}",
};

function emailConfig({ recipients, sender, smarthost, username, password, tls = true }: AlertEmail): object {
  return {
    to: recipients.join(", "),
    from: sender,
    smarthost,
    ...(username !== undefined && { auth_username: username, auth_password: password }),
    require_tls: tls,
    send_resolved: true,
  };
}
