import assert from "node:assert/strict";
import { test } from "vitest";
import {
  completedOptions,
  logDriver,
  logDriverNames,
  optionsOf,
} from "../../../components/containers/logDrivers.ts";
import { loggingNotes, loggingSchema } from "../../../settings/logging.ts";
import { parseSettings, SettingsError } from "../../../settings.ts";
import { ec2 } from "../../../components/hosts/ec2/kind.ts";
import { gce } from "../../../components/hosts/gce/kind.ts";

function settingsOf(logging: unknown, secretKeys: string[] = []) {
  const config = { system: "docsai", host: { kind: "local" }, logging };
  return parseSettings(config, undefined, undefined, secretKeys).logging;
}

function problemsOf(logging: unknown, secretKeys: string[] = []): readonly string[] {
  try {
    settingsOf(logging, secretKeys);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const splunk = { "splunk-url": "https://splunk.example.org:8088", "splunk-token": "hunter2" };

const cases: [what: string, logging: unknown, problems: string[]][] = [
  [
    "what is no map",
    "syslog",
    [
      'logging: must be a map such as { driver: syslog, options: { syslog-address: "udp://…" } }, got something else',
    ],
  ],
  [
    "a driver that Docker hasn't",
    { driver: "sylog" },
    [
      'logging.driver: must be one of local, journald, syslog, fluentd, gelf, awslogs, gcplogs, splunk, perhaps syslog, got "sylog"',
    ],
  ],
  [
    "no driver",
    { options: {} },
    [
      "logging.driver: must be one of local, journald, syslog, fluentd, gelf, awslogs, gcplogs, splunk, got nothing",
    ],
  ],
  [
    "a key of nothing",
    { driver: "journald", option: { tag: "x" } },
    ["logging.option: must be driver or options, got something else"],
  ],
  [
    "an option spelt otherwise, and one that is wrong",
    { driver: "syslog", options: { "syslog-adress": "udp://logs.example.org", "syslog-facility": "local8" } },
    [
      "logging.options.syslog-adress: must be an option of syslog, perhaps syslog-address, got something else",
      'logging.options.syslog-facility: must be one of kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp, local0, local1, local2, local3, local4, local5, local6, local7, or a number from 0 to 23, got "local8"',
    ],
  ],
  [
    "an option of another driver",
    { driver: "gcplogs", options: { "gcp-project": "acme-prod", tag: "x" } },
    [
      'logging.options.tag: must be an option of gcplogs, which are labels, labels-regex, env, env-regex, gcp-project, gcp-log-cmd, gcp-meta-zone, gcp-meta-name, gcp-meta-id, mode, max-buffer-size, cache-disabled, got "x"',
    ],
  ],
  [
    "syslog over something else",
    { driver: "syslog", options: { "syslog-address": "https://logs.example.org" } },
    [
      'logging.options.syslog-address: must be "udp://host:514", or tcp://, tcp+tls:// or unix:///dev/log, got "https://logs.example.org"',
    ],
  ],
  [
    "a certificate where no TLS is",
    {
      driver: "syslog",
      options: { "syslog-address": "tcp://logs:601", "syslog-tls-ca-cert": "/etc/ca.pem" },
    },
    [
      'logging.options.syslog-tls-ca-cert: must be left out unless syslog-address begins with tcp+tls://, got "/etc/ca.pem"',
    ],
  ],
  [
    "verification that is to be skipped and isn't",
    { driver: "syslog", options: { "syslog-address": "tcp+tls://logs", "syslog-tls-skip-verify": false } },
    ['logging.options.syslog-tls-skip-verify: must be "true", or left out, got false'],
  ],
  [
    "an address of fluentd with a path",
    { driver: "fluentd", options: { "fluentd-address": "logs.example.org/in", "fluentd-retry-wait": "5" } },
    [
      'logging.options.fluentd-address: must be "host:24224", or tcp://, tls:// or unix:///path, got "logs.example.org/in"',
      'logging.options.fluentd-retry-wait: must be a duration such as "500ms" or "5s", got "5"',
    ],
  ],
  [
    "gelf without an address",
    { driver: "gelf" },
    [
      'logging.options.gelf-address: must be "udp://host:12201", or tcp:// and a port, which gelf needs, got nothing',
    ],
  ],
  [
    "gelf without a port",
    { driver: "gelf", options: { "gelf-address": "udp://graylog" } },
    ['logging.options.gelf-address: must be "udp://host:12201", or tcp:// and a port, got "udp://graylog"'],
  ],
  [
    "gelf's compression over TCP",
    { driver: "gelf", options: { "gelf-address": "tcp://graylog:12201", "gelf-compression-type": "zlib" } },
    [
      'logging.options.gelf-compression-type: must be left out unless gelf-address begins with udp://, got "zlib"',
    ],
  ],
  [
    "CloudWatch Logs without a group and a region",
    { driver: "awslogs" },
    [
      'logging.options.awslogs-group: must be a log group such as "/acme/prod", which awslogs needs, got nothing',
      'logging.options.awslogs-region: must be a region such as "eu-central-1", which awslogs needs, got nothing',
    ],
  ],
  [
    "one stream for all containers",
    {
      driver: "awslogs",
      options: { "awslogs-group": "acme", "awslogs-region": "eu-central-1", "awslogs-stream": "all" },
    },
    ['logging.options.awslogs-stream: must be left out: a container\'s stream is named by tag, got "all"'],
  ],
  [
    "two ways to tell where a line of CloudWatch Logs begins",
    {
      driver: "awslogs",
      options: {
        "awslogs-group": "acme",
        "awslogs-region": "eu-central-1",
        "awslogs-datetime-format": "%Y",
        "awslogs-multiline-pattern": "^INFO",
      },
    },
    [
      'logging.options.awslogs-multiline-pattern: must be left out beside awslogs-datetime-format, got "^INFO"',
    ],
  ],
  [
    "Google's project outside Google",
    { driver: "gcplogs" },
    [
      'logging.options.gcp-project: must be a project id such as "acme-prod", which gcplogs needs, got nothing',
    ],
  ],
  [
    "Splunk without a token",
    { driver: "splunk", options: { ...splunk, "splunk-token": undefined } },
    ["logging.options.splunk-token: must be text, which splunk needs, got nothing"],
  ],
  [
    "a token that is none",
    { driver: "splunk", options: { ...splunk, "splunk-token": ["hunter2"] } },
    ["logging.options.splunk-token: must be text, got something else"],
  ],
  [
    "a buffer where nothing waits",
    { driver: "journald", options: { mode: "blocking", "max-buffer-size": "8m" } },
    ['logging.options.max-buffer-size: must be left out unless mode is non-blocking, got "8m"'],
  ],
  [
    "one file, compressed",
    { driver: "local", options: { "max-file": 1 } },
    ['logging.options.max-file: must be at least 2 unless compress is "false", got 1'],
  ],
];

for (const [what, logging, problems] of cases) {
  test(`refused: ${what}`, () => {
    assert.deepEqual(problemsOf(logging), problems);
  });
}

test("a value of a key that is a secret is in no error", () => {
  assert.deepEqual(
    problemsOf({ driver: "splunk", options: { ...splunk, "splunk-gzip": "hunter2" } }, ["logging"]),
    ["logging.options.splunk-gzip: must be one of true, false, got something else"],
  );
});

test("numbers and flags, as pulumi config set writes them, are Docker's texts", () => {
  const options = { "fluentd-max-retries": 5, "fluentd-async": true };
  assert.deepEqual(settingsOf({ driver: "fluentd", options }).options, {
    "fluentd-max-retries": "5",
    "fluentd-async": "true",
  });
});

test("a token is nobody's to see, and neither is what is set with --secret", () => {
  assert.deepEqual(settingsOf({ driver: "splunk", options: splunk }).secret, ["splunk-token"]);
  assert.deepEqual(
    settingsOf({ driver: "splunk", options: splunk }, ["logging"]).secret,
    Object.keys(splunk),
  );
});

test("on a cloud's machine, the machine knows region and project", () => {
  const group = { driver: "awslogs", options: { "awslogs-group": "acme" } };
  assert.equal(loggingSchema(ec2).safeParse(group).success, true);
  assert.equal(loggingSchema(gce).safeParse(group).success, false);
  assert.equal(loggingSchema(gce).safeParse({ driver: "gcplogs" }).success, true);
});

test("where nothing is said, it is the journal of a machine that Berth makes, and else Docker's own files", () => {
  assert.equal(settingsOf({}).driver, "local");
  for (const kind of [ec2, gce]) assert.equal(loggingSchema(kind).parse({}).driver, "journald");
  assert.equal(loggingSchema(gce).parse({ driver: "local" }).driver, "local");
  assert.equal(loggingSchema(gce).safeParse({ options: {} }).success, false);
});

test("what Berth sets is what each driver takes", () => {
  for (const name of logDriverNames) {
    const known = optionsOf(name);
    for (const [option, value] of Object.entries(completedOptions(name, {})))
      assert.equal(known[option]?.holds(value), true, `${name} ${option}`);
  }
});

test("a line never waits for a collector, unless somebody says so", () => {
  for (const name of logDriverNames.filter((one) => logDriver(one).ships)) {
    assert.equal(completedOptions(name, {}).mode, "non-blocking", name);
    assert.equal(completedOptions(name, {})["max-buffer-size"], "4m", name);
    assert.equal(completedOptions(name, { mode: "blocking" })["max-buffer-size"], undefined, name);
  }
  assert.deepEqual(completedOptions("local", {}), { "max-size": "10m", "max-file": "5" });
});

const awaited: [driver: Parameters<typeof logDriver>[0], options: Record<string, string>, place: unknown][] =
  [
    ["syslog", { "syslog-address": "udp://logs" }, undefined],
    ["syslog", { "syslog-address": "tcp://logs" }, { host: "logs", port: 514 }],
    ["syslog", { "syslog-address": "tcp+tls://[2001:db8::1]:6514" }, { host: "2001:db8::1", port: 6514 }],
    ["syslog", { "syslog-address": "unix:///run/log.sock" }, { path: "/run/log.sock" }],
    ["syslog", {}, { path: "/dev/log" }],
    ["gelf", { "gelf-address": "udp://graylog:12201" }, undefined],
    ["gelf", { "gelf-address": "tcp://graylog:12201" }, { host: "graylog", port: 12201 }],
    ["fluentd", {}, undefined],
    ["fluentd", { "fluentd-async": "false" }, { host: "127.0.0.1", port: 24224 }],
    ["fluentd", { "fluentd-async": "false", "fluentd-address": "tls://logs:1" }, { host: "logs", port: 1 }],
    ["splunk", splunk, undefined],
    ["splunk", { ...splunk, "splunk-verify-connection": "true" }, { host: "splunk.example.org", port: 8088 }],
    ["awslogs", { "awslogs-group": "acme" }, undefined],
  ];

for (const [driver, options, place] of awaited) {
  test(`${driver} ${JSON.stringify(options)} waits for ${place === undefined ? "nobody" : JSON.stringify(place)}`, () => {
    assert.deepEqual(logDriver(driver).awaits?.(completedOptions(driver, options))?.place, place);
  });
}

test("who has Docker wait for a collector is told what that costs", () => {
  assert.deepEqual(loggingNotes({ driver: "syslog", options: { "syslog-address": "tcp://logs:601" } }), [
    "logging.options.syslog-address: Docker starts no container while nobody answers at logs:601, after a crash or a boot neither; an address with udp:// holds none",
  ]);
  assert.deepEqual(loggingNotes({ driver: "syslog", options: { "syslog-address": "udp://logs:514" } }), []);
  assert.deepEqual(loggingNotes({ driver: "local" }), []);
});

for (const host of ["$(reboot)", "a;b", "`id`", "a&b", "a b", "[::1"])
  test(`Splunk's host isn't ${host}, which a shell would read`, () => {
    const options = { ...splunk, "splunk-url": `https://${host}:8088` };
    assert.deepEqual(problemsOf({ driver: "splunk", options }), [
      `logging.options.splunk-url: must be "https://host:8088", got "https://${host}:8088"`,
    ]);
  });

const intervals: [text: string, holds: boolean][] = [
  ...["0s", "100ms", "0.5s", "1s", "1.5s", "10s"].map((text): [string, boolean] => [text, true]),
  ...["99ms", "10ms", "11s", "1m", "10.5s"].map((text): [string, boolean] => [text, false]),
];
for (const [text, holds] of intervals)
  test(`Fluentd's interval ${holds ? "may" : "may not"} be ${text}`, () => {
    const options = { "fluentd-async-reconnect-interval": text };
    assert.equal(problemsOf({ driver: "fluentd", options }).length, holds ? 0 : 1);
  });
