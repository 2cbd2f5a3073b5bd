import assert from "node:assert/strict";
import { test } from "vitest";
import { parseSettings, SettingsError } from "../../../settings.ts";
import { shownSecrets } from "../../../settings/shownSecrets.ts";
import { filled, references } from "../../../services/application/template.ts";

function problemsOf(config: Record<string, unknown>, secretKeys: string[] = []): readonly string[] {
  try {
    parseSettings(config, undefined, undefined, secretKeys);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const handed =
  "postgres.host, postgres.port, postgres.user, postgres.database, redis.host, redis.port, redis.user, " +
  "redis.database, backend.url, backend.host, backend.port, domain, address, postgres.password, postgres.url, " +
  "redis.password, redis.url";

function rule(names: string): string {
  return `\${…} must be one of ${names}; a plain "\${" is written "$\${"`;
}

const cases: [what: string, config: Record<string, unknown>, problems: string[]][] = [
  [
    "a name that nothing has",
    { environment: { backend: { DB: "x://${postgres.hots}/y" } } },
    [`environment.backend.DB: ${rule(handed)}, got "\${postgres.hots}"`],
  ],
  [
    "one that never closes",
    { environment: { backend: { DB: "a ${postgres.host" } } },
    [`environment.backend.DB: ${rule(handed)}, got "\${postgres.host"`],
  ],
  [
    "an empty one",
    { environment: { backend: { DB: "${}" } } },
    [`environment.backend.DB: ${rule(handed)}, got "\${}"`],
  ],
  [
    "what another service is handed",
    { environment: { frontend: { DB: "${postgres.password}" } } },
    [
      `environment.frontend.DB: ${rule("frontend.url, frontend.host, frontend.port, domain, address")}, got "\${postgres.password}"`,
    ],
  ],
  [
    "a store that is switched off",
    { optional: { postgres: false, redis: false }, environment: { backend: { DB: "${postgres.host}" } } },
    [
      `environment.backend.DB: ${rule("backend.url, backend.host, backend.port, domain, address")}, got "\${postgres.host}"`,
    ],
  ],
  [
    "a kind of service that is handed nothing",
    { environment: { nginx: { NAME: "${domain}" } } },
    [
      `environment.nginx.NAME: must hold no \${…}, which only applications are handed; a plain "\${" is written "$\${", got "\${domain}"`,
    ],
  ],
  [
    "two variables in one file",
    { environment: { backend: { DB: "${postgres.url}", db: "${redis.url}" } } },
    [
      'environment.backend.db: must differ from DB in more than capitals: each is a file of its own, got "db"',
    ],
  ],
];

test.each(cases)("refuses %s", (_, config, problems) => {
  assert.deepEqual(problemsOf({ system: "loc8", ...config }), problems);
});

test("shows nothing of a secret that looks like a name", () => {
  const [problem = ""] = problemsOf({ system: "loc8", environment: { backend: { KEY: "pa${ss}word" } } }, [
    "environment",
  ]);
  assert.match(problem, /^environment\.backend\.KEY: .*, got something else$/);
});

test("keeps what names nothing as it is, and an escaped mark as a mark", () => {
  const environment = { backend: { A: "a$b$$c $(d)", B: "$${HOME}", C: "${postgres.host}" } };
  const { services } = parseSettings({ system: "loc8", environment });
  assert.deepEqual(services.backend?.environment, { A: "a$b$$c $(d)", B: "${HOME}" });
  assert.deepEqual(services.backend.templates, { C: "${postgres.host}" });
});

const values = {
  "db.host": "::1",
  "db.port": "5432",
  "db.user": "a b",
  "db.password": "p@s/s%",
  "db.database": "d?b",
  "many.host": "one,two",
  "many.port": "1,2",
  "socket.host": "/run/postgresql",
};

const texts: [text: string, result: string][] = [
  ["${db.password}", "p@s/s%"],
  ["${ db.host }", "::1"],
  ["host=${db.host} password=${db.password}", "host=::1 password=p@s/s%"],
  [
    "postgresql+asyncpg://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}",
    "postgresql+asyncpg://a%20b:p%40s%2Fs%25@[::1]:5432/d%3Fb",
  ],
  ["x://${many.host}:${many.port}/y", "x://one:1,two:2/y"],
  ["${many.host} ${many.port}", "one,two 1,2"],
  ["x://u@${socket.host}/y", "x://u@%2Frun%2Fpostgresql/y"],
  ["x://y z ${db.password}", "x://y z p@s/s%"],
  ["$${db.host} $x", "${db.host} $x"],
];

test.each(texts)("%s is %s", (text, result) => {
  assert.equal(filled(text, values), result);
});

test("finds each name with the text that it was written as", () => {
  assert.deepEqual(references("a${ b.c }$${d}"), [{ name: "b.c", text: "${ b.c }", inUrl: false }]);
});

const shown = (names: string) =>
  `secretsInEnvironment: secrets of ${names} are in the environment too, where docker inspect and whoever reads a crash report see them`;

test("says in one line which services have secrets in their environment, and nothing where none has", () => {
  const shownOf = (config: Record<string, unknown>) => shownSecrets(parseSettings(config));
  assert.deepEqual(shownOf({ system: "attn", secretsInEnvironment: true }), [
    shown("attn_backend_api, api-gateway, face-recognition"),
  ]);
  assert.deepEqual(shownOf({ system: "loc8", override: { backend: { secretsInEnvironment: true } } }), [
    shown("backend"),
  ]);
  assert.deepEqual(shownOf({ system: "loc8", override: { frontend: { secretsInEnvironment: true } } }), []);
  assert.deepEqual(shownOf({ system: "loc8" }), []);
});
