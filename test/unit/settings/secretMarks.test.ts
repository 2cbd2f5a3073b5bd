import assert from "node:assert/strict";
import { describe, it, test } from "vitest";
import * as z from "zod";
import { hostKinds } from "../../../components/hosts/registry.ts";
import { soundsSecret } from "../../../lib/problems.ts";
import { sealedPaths } from "../../../lib/sealed.ts";
import { isHidden, placesOf, secret, secretPlaces, secretsIn, type Path } from "../../../lib/secret.ts";
import { parseSettings, SettingsError } from "../../../settings.ts";
import { plainAmong, plainNotes } from "../../../settings/plain.ts";
import { settingsSchema } from "../../../settings/schema.ts";
import type { SystemDefinition } from "../../../systems/define.ts";
import { systems } from "../../../systems/index.ts";

/** Nobody may read it in an error, whole or in part. */
const marker = "hunter2";

function schemaOf(system: SystemDefinition, watched = true) {
  const [kind] = hostKinds;
  const parts = { watched, certified: true, backed: true, kind, kinds: hostKinds };
  return settingsSchema({ system, ...parts, hosts: {} });
}

/** Maps of secrets, and an address. */
const unmarkedNames = [
  "logging.options.awslogs-credentials-endpoint",
  ...["secrets", "secrets.*", "tls.dns.credentials"],
];

const dotted = (path: Path) => path.join(".");

describe("the schema marks", () => {
  it("each secret there is", () => {
    const receivers = secretPlaces(schemaOf(systems.loc8)).filter(([, second]) => second === "receivers");
    assert.equal(receivers.length, 16);
    const others = secretPlaces(schemaOf(systems.loc8)).filter(([, second]) => second !== "receivers");
    assert.deepEqual(others.map(dotted).sort(), [
      ...["alerts.email.password", "alerts.slack", "alerts.webhook"],
      ...["backup.accessKey", "backup.password", "backup.secretKey"],
      ...["external.postgres", "external.redis", "logging.options.splunk-token"],
      ...["registries.*.password", "registry.password"],
      ...["secrets.*", "secrets.backend.*", "secrets.frontend.*"],
      ...["tls.certificate", "tls.dns.credentials.*", "tls.eab.hmac", "tls.key"],
    ]);
  });

  it("whatever has the name of one, but maps of them, and an address", () => {
    for (const system of Object.values<SystemDefinition>(systems)) {
      const unmarked = placesOf(schemaOf(system)).filter(({ isMarked }) => !isMarked);
      const named = unmarked.filter(({ path }) => path.some(soundsSecret));
      const groups = named.map(({ path }) => path.filter((key) => !(key in system.services)).join("."));
      assert.deepEqual([...new Set(groups)].sort(), unmarkedNames);
    }
  });
});

/** Values that are none of what any setting has to be, each with the marker in it. */
const wrong: [what: string, value: unknown][] = [
  ["text", marker],
  ["a URL", `https://u:${marker}@example.org/${marker}?token=${marker}`],
  ["lines", `one ${marker}\n"two ${marker}`],
  ["a key", `-----BEGIN PRIVATE KEY-----\n${marker}`],
  ["a list", [marker]],
  ["a list of lists", [[marker]]],
  ["a map", { x: marker }],
  ["a map within", { x: { y: [marker] } }],
  ["the JSON of a map", JSON.stringify({ x: marker })],
];

function nested([key, ...rest]: Path, value: unknown): unknown {
  return key === undefined ? value : { [key === "*" ? "API_NAME" : key]: nested(rest, value) };
}

/** Each place once, though several systems have it, and all above it: a secret that was put too high is one too. */
function triedIn(system: SystemDefinition): Path[] {
  const places = secretPlaces(schemaOf(system)).flatMap((path) =>
    path.map((_, index) => path.slice(0, index + 1)),
  );
  const every = new Map(places.map((path) => [dotted(path), path]));
  const others = [...every].filter(([name]) => system === systems.loc8 || name.startsWith("external."));
  return others.map(([, path]) => path);
}

describe("no error shows a secret that is wrong", () => {
  for (const [name, system] of Object.entries<SystemDefinition>(systems))
    it(name, () => {
      const refused = new Set<string>();
      for (const path of triedIn(system))
        for (const [what, value] of wrong)
          for (const monitoring of path[0] === "alerts" ? [true, false] : [true]) {
            const given = nested(path, value) as Record<string, unknown>;
            const problems = problemsOf({ system: name, monitoring, ...given });
            if (problems.length > 0) refused.add(dotted(path));
            for (const line of problems)
              assert.ok(!line.includes(marker), `${what} for ${dotted(path)}: ${line}`);
          }
      const accepted = triedIn(system)
        .map(dotted)
        .filter((path) => !refused.has(path));
      assert.deepEqual(accepted, [], "each was refused in some form");
    });

  it("nor any that the settings' own rules show where a mark is missing", () => {
    const shown = z.object({ given: z.custom(() => false, { error: "must be right" }) });
    assert.equal(isHidden(shown, ["given"], marker), false);
    const { given } = shown.shape;
    assert.equal(isHidden(z.object({ given: secret(given) }), ["given"], marker), true);
    assert.equal(isHidden(z.object({ given: secret(given).optional().describe("x") }), [], marker), true);
    assert.equal(isHidden(z.object({ given: secret(given) }), [], 5), false, "no map, and no secret");
  });
});

function problemsOf(config: Record<string, unknown>): readonly string[] {
  try {
    parseSettings(config);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

/** Those of a config for LOC8 that are secrets themselves. */
const found = (config: object, watched = true) =>
  secretsIn(schemaOf(systems.loc8, watched), config).map(dotted);

describe("what is a secret itself", () => {
  const cases: [what: string, config: object, secrets: string[]][] = [
    ["a key, and no certificate", { tls: { certificate: "C", key: "K" } }, ["tls.key"]],
    [
      "a certificate's file with the key in it",
      { tls: { certificate: "C\n-----BEGIN EC PRIVATE KEY-----", key: "K" } },
      ["tls.certificate", "tls.key"],
    ],
    ["a MAC key", { tls: { eab: { kid: "k", hmac: "h" } } }, ["tls.eab.hmac"]],
    [
      "a login, and neither whose it is nor the file that holds it",
      {
        tls: {
          dns: {
            provider: "x",
            credentials: {
              AWS_ACCESS_KEY_ID: "i",
              AWS_SECRET_ACCESS_KEY: "k",
              AWS_REGION: "r",
              AWS_PROFILE: "p",
              AZURE_RESOURCE_GROUP: "g",
              RFC2136_NAMESERVER: "n",
              RFC2136_TSIG_ALGORITHM: "a",
              A_TOKEN_FILE: "/f",
            },
          },
        },
      },
      ["tls.dns.credentials.AWS_SECRET_ACCESS_KEY"],
    ],
    [
      "text, also of digits, and neither what is generated nor what a store keeps",
      {
        secrets: {
          backend: { A: "a", B: "generate", C: { store: "aws", name: "c" } },
          PIN: 1234,
          D: { store: "google", name: "d" },
        },
      },
      ["secrets.backend.A", "secrets.PIN"],
    ],
    [
      "a URL with a password",
      { external: { postgres: "postgresql://u:p@db/x", redis: "redis://cache:6379/0" } },
      ["external.postgres"],
    ],
    ["nothing that a vendor runs", { external: { postgres: "managed" } }, []],
    [
      "where alerts go, at any depth",
      {
        alerts: {
          slack: "https://hooks.example/x",
          email: { to: "a@b", password: "p" },
          receivers: {
            pagerduty_configs: [{ routing_key: "k", url: "https://events.example" }],
            webhook_configs: [
              {
                url: "https://hooks.example/y",
                http_config: { basic_auth: { password_file: "/f", password: "p" } },
              },
            ],
          },
          windowSeconds: 60,
        },
      },
      [
        "alerts.slack",
        "alerts.email.password",
        "alerts.receivers.pagerduty_configs.0.routing_key",
        "alerts.receivers.webhook_configs.0.url",
        "alerts.receivers.webhook_configs.0.http_config.basic_auth.password",
      ],
    ],
    [
      "passwords of registries, and no user's name",
      {
        registries: { "ghcr.io": { username: "u", password: "p" } },
        registry: { username: "u", password: "p" },
      },
      ["registries.ghcr.io.password", "registry.password"],
    ],
    [
      "a collector's token",
      { logging: { driver: "splunk", options: { "splunk-token": "t", tag: "x" } } },
      ["logging.options.splunk-token"],
    ],
    [
      "the keys of backups",
      { backup: { to: "/mnt/x", secretKey: "s", password: "p" } },
      ["backup.secretKey", "backup.password"],
    ],
  ];
  it.each(cases)("%s", (_what, config, secrets) => {
    assert.deepEqual(found(config), secrets);
  });
});

describe("what stands in plain text", () => {
  const secrets = [
    ["tls", "key"],
    ["registries", "ghcr.io", "password"],
    ["alerts", "receivers", "x", "0", "key"],
  ];

  test("is what the stack's file doesn't encrypt: neither itself, nor as a part of more", () => {
    const sealed = sealedPaths({
      "berth:tls": { certificate: "C", key: { secure: "v1:x" } },
      "berth:registries": { secure: "v1:y" },
      "berth:backup": { secure: { secure: 5 } },
    });
    assert.deepEqual(sealed, [["tls", "key"], ["registries"]]);
    assert.deepEqual(sealedPaths({ "shop:tls": { secure: "v1:x" } }, "shop"), [["tls"]]);
    const plain = plainAmong(secrets, { secretKeys: ["tls", "registries"], sealed });
    assert.deepEqual(plain, secrets.slice(2));
  });

  test("is nothing of a key that is encrypted elsewhere, and all of one that isn't, whatever a file says", () => {
    const sealed = sealedPaths({
      "berth:tls": { key: { secure: "v1:x" } },
      "aws:alerts": { secure: "v1:y" },
    });
    const plain = plainAmong(secrets, { secretKeys: ["registries"], sealed });
    assert.deepEqual(plain, [secrets[0], secrets[2]]);
  });

  test("is by keys where nobody has read the file", () => {
    const plain = plainAmong(secrets, { secretKeys: ["tls"], sealed: undefined });
    assert.deepEqual(plain, secrets.slice(1));
  });

  test("is told with the command that encrypts it", () => {
    const words =
      "stands in the stack's config in plain text, and so in Pulumi's history; set it with pulumi config set --stack prod --secret --path";
    assert.deepEqual(plainNotes({ plain: secrets }, "prod"), [
      `tls.key: ${words} 'berth:tls.key'`,
      `registries.ghcr.io.password: ${words} 'berth:registries["ghcr.io"].password'`,
      `alerts.receivers.x.0.key: ${words} 'berth:alerts.receivers.x[0].key'`,
    ]);
  });
});
