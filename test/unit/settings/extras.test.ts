import assert from "node:assert/strict";
import { test } from "vitest";
import { parseSettings, SettingsError } from "../../../settings.ts";

function problemsOf(config: Record<string, unknown>): readonly string[] {
  try {
    parseSettings(config);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const cases: [what: string, config: Record<string, unknown>, problems: string[]][] = [
  [
    "a rate of a zone the system hasn't",
    { system: "docsai", rates: { client: { requests: 5 } } },
    ["rates.client: unknown key; known: api, rest"],
  ],
  [
    "a rate of nothing",
    { system: "arv", rates: { api: { requests: 0 } } },
    ["rates.api.requests: must be a whole number from 1 to 100000, got 0"],
  ],
  [
    "a burst below nothing",
    { system: "arv", rates: { upload: { burst: -1 } } },
    ["rates.upload.burst: must be a whole number from 0 to 100000, got -1"],
  ],
  [
    "another unit than the document's",
    { system: "arv", rates: { api: { per: "hour" } } },
    ["rates.api.per: unknown key; known: requests, burst"],
  ],
  [
    "a service that nobody else can run",
    { system: "docsai", external: { nginx: "https://example.org" } },
    ["external.nginx: unknown key; known: postgres, media"],
  ],
  [
    "a database without a password",
    { system: "docsai", external: { postgres: "postgresql://docsai_user@db.example.org/docsai" } },
    [
      'external.postgres: must be "postgresql://user:password@host:5432/database"; the password is missing, got something else',
    ],
  ],
  [
    "another database",
    { system: "arv", external: { postgres: "mysql://arv:hunter2@db.example.org/arv" } },
    [
      'external.postgres: must be "postgresql://user:password@host:5432/database"; it begins with "postgresql://", got something else',
    ],
  ],
  [
    "a bucket without a name",
    { system: "arv", external: { minio: "https://key:hunter2@s3.example.org/" } },
    [
      'external.minio: must be "https://key:secret@host/bucket", with "?region=…" where it isn\'t us-east-1; the bucket is missing, got something else',
    ],
  ],
  [
    "an administrator where there is none",
    { system: "arv", superuser: "admin" },
    ['superuser: must be left out: this system has none, got "admin"'],
  ],
  [
    "an administrator with a strange name",
    { system: "docsai", superuser: "ad min" },
    [
      'superuser: must be a user name of letters, digits and @.+-_, at most 150, or "" for none, got "ad min"',
    ],
  ],
  [
    "two beats",
    { system: "arv", replicas: { "celery-beat": 2 } },
    ["replicas.celery-beat: must be a whole number from 1 to 1, got 2"],
  ],
  [
    "two object stores",
    { system: "arv", replicas: { minio: 2 } },
    ["replicas.minio: must be a whole number from 1 to 1, got 2"],
  ],
  [
    "a cache smaller than what it may hold",
    { system: "arv", limits: { redis: { memory: 256 } } },
    ["limits.redis.memory: must be a whole number from 320 to 1048576, got 256"],
  ],
  [
    "a part of monitoring where nothing is watched",
    { system: "attn", limits: { prometheus: { memory: 1024 } } },
    [
      "limits.prometheus: unknown key unless monitoring is true; known: main-app-nginx, attn_backend_api, attn_redis, attn_postgres, microservice-nginx, api-gateway, face-recognition",
    ],
  ],
  [
    "monitoring that is neither on nor off",
    { system: "loc8", monitoring: "prometheus" },
    ['monitoring: must be true or false, got "prometheus"'],
  ],
  [
    "alerts of a system that nothing watches",
    { system: "arv", alerts: { diskFree: 0.2 } },
    ["alerts: must be left out unless monitoring is true, got something else"],
  ],
  [
    "several things about alerts at once, and never the webhook's URL",
    {
      system: "loc8",
      monitoring: true,
      alerts: { webhook: "chat.example.org/hunter2", windowSeconds: 5, diskFree: 10, mail: "me@example.org" },
    },
    [
      'alerts.webhook: must be a URL such as "https://chat.example.org/hooks/…", got something else',
      "alerts.windowSeconds: must be a whole number from 30 to 3600, got 5",
      "alerts.diskFree: must be a number from 0.01 to 0.99, got 10",
      "alerts.mail: unknown key; known: webhook, slack, email, receivers, windowSeconds, errorShare, latencySeconds, diskFree, memoryShare, certificateDays, backupHours, drillDays",
    ],
  ],
  [
    "each way that alerts can't go, and none of their secrets",
    {
      system: "vru",
      alerts: {
        slack: "hooks.slack.com/services/hunter2",
        email: { to: ["ops"], from: "me", smarthost: "smtp.example.org", username: "me" },
        receivers: { pager_configs: [{}], slack_configs: { api_url: "https://hunter2" }, sns_configs: [] },
      },
    },
    [
      'alerts.slack: must be a URL such as "https://chat.example.org/hooks/…", got something else',
      'alerts.email.to: must be an address such as "ops@example.org", or a list of them, got ["ops"]',
      'alerts.email.from: must be an address such as "ops@example.org", got "me"',
      'alerts.email.smarthost: must be a mail server and its port, such as "smtp.example.org:587", got "smtp.example.org"',
      "alerts.receivers.slack_configs: must be a list of maps, in Alertmanager's own words, got something else",
      "alerts.receivers.sns_configs: must be a list of maps, in Alertmanager's own words, got something else",
      "alerts.receivers.pager_configs: unknown key; known: discord_configs, email_configs, jira_configs, msteams_configs, msteamsv2_configs, opsgenie_configs, pagerduty_configs, pushover_configs, rocketchat_configs, slack_configs, sns_configs, telegram_configs, victorops_configs, webex_configs, webhook_configs, wechat_configs",
    ],
  ],
  [
    "mail to nobody",
    { system: "vru", alerts: { email: { to: [], from: "a@b.org", smarthost: "smtp:587" } } },
    ['alerts.email.to: must be an address such as "ops@example.org", or a list of them, got []'],
  ],
  [
    "a mail server's login without its password, and never the half that is there",
    {
      system: "vru",
      alerts: {
        email: { to: "a@b.org", from: "a@b.org", smarthost: "smtp:587", password: "hunter2" },
      },
    },
    ["alerts.email: must have username and password, or neither, got something else"],
  ],
  [
    "a part of monitoring twice",
    { system: "loc8", monitoring: true, replicas: { prometheus: 2 } },
    ["replicas.prometheus: must be a whole number from 1 to 1, got 2"],
  ],
  [
    "a queue the system hasn't",
    { system: "arv", replicas: { "celery-videos": 2 } },
    [
      "replicas.celery-videos: unknown key; known: nginx, app, celery-markers, celery-notifications, celery-default, celery-beat, postgres, redis, minio",
    ],
  ],
];

for (const [what, config, problems] of cases) {
  test(`refuses ${what}`, () => {
    assert.deepEqual(problemsOf(config), problems);
  });
}

test("a password in a wrong URL is never shown", () => {
  const shown = problemsOf({ system: "arv", external: { postgres: "mysql://arv:hunter2@db/arv" } }).join();
  assert.doesNotMatch(shown, /hunter2/);
});

test("rates keep their document's unit and what settings leave out", () => {
  const { rates } = parseSettings({ system: "arv", rates: { api: { requests: 600 } } });
  assert.deepEqual(rates, {
    api: { requests: 600, per: "minute", burst: 50 },
    upload: { requests: 20, per: "minute", burst: 20 },
    client: { requests: 50, per: "second", burst: 100 },
  });
});

test("what somebody else runs is no service of ours", () => {
  const url = "postgresql://docsai_user:p%40ss@db.example.org:5433/docsai";
  const { services, external } = parseSettings({ system: "docsai", external: { postgres: url } });
  assert.deepEqual(Object.keys(services), ["nginx", "app"]);
  assert.deepEqual(external, { postgres: url });
});
