import assert from "node:assert/strict";
import { test } from "vitest";
import { parseSettings, SettingsError } from "../../../settings.ts";
import { movesOn } from "../../../settings/stored.ts";

function problemsOf(config: Record<string, unknown>): readonly string[] {
  try {
    parseSettings(config);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const variable = 'of capitals, digits and underscores such as "API_KEY"';
const unknown = `must be one of backend, frontend, or a variable name ${variable}, for all of them`;

const anyForm =
  "must be text, or where it is kept, such as { store: aws, name: prod/stripe }, got something else";

const cases: [what: string, secrets: unknown, problem: string][] = [
  ["no map", "hunter2", 'secrets: must be a map such as { backend: { API_KEY: "…" } }, got something else'],
  ["a service there isn't", { backnd: { KEY: "hunter2" } }, `secrets.backnd: ${unknown}`],
  ["a service that runs no application", { postgres: { KEY: "hunter2" } }, `secrets.postgres: ${unknown}`],
  [
    "a name that no shell knows",
    { backend: { "api-key": "hunter2" } },
    `secrets.backend.api-key: must be a variable name ${variable}`,
  ],
  [
    "a text for a service",
    { backend: "hunter2" },
    'secrets.backend: must be a map such as { API_KEY: "…" }, got something else',
  ],
  [
    "nothing",
    { backend: { KEY: "" } },
    `secrets.backend.KEY: ${anyForm.replace("something else", String.raw`""`)}`,
  ],
  ["a map for a text", { KEY: { KEY: "hunter2" } }, `secrets.KEY: ${anyForm}`],
  ["a list", { backend: { KEY: ["hunter2"] } }, `secrets.backend.KEY: ${anyForm}`],
  [
    "a store that nobody knows",
    { backend: { KEY: { store: "vault", name: "hunter2" } } },
    "secrets.backend.KEY.store: must be one of aws, google, got something else",
  ],
  ["a store without a name", { KEY: { store: "aws" } }, "secrets.KEY.name: must be text, got nothing"],
  [
    "a key that no store has",
    { KEY: { store: "aws", name: "x", key: "hunter2" } },
    "secrets.KEY.key: unknown key; known: store, name, property, version, region, project",
  ],
  [
    "a name that AWS doesn't take",
    { KEY: { store: "aws", name: "a b" } },
    'secrets.KEY.name: must be a name or an ARN in AWS Secrets Manager, such as "prod/stripe", got something else',
  ],
  [
    "a path of AWS's at Google's",
    { KEY: { store: "google", name: "prod/stripe" } },
    'secrets.KEY.name: must be a name in Google Secret Manager, such as "stripe" or "projects/my-project-1/secrets/stripe", got something else',
  ],
  [
    "a label for a version",
    { KEY: { store: "aws", name: "x", version: "AWSPREVIOUS" } },
    "secrets.KEY.version: must be a version's id of 32 to 64 letters, digits and hyphens, as AWS Secrets Manager lists it, got something else",
  ],
  [
    "a version that moves on",
    { KEY: { store: "google", name: "x", version: "latest" } },
    'secrets.KEY.version: must be a version\'s number, such as "3", got something else',
  ],
  [
    "a project of AWS's",
    { KEY: { store: "aws", name: "x", project: "my-project-1" } },
    "secrets.KEY.project: must be left out: only google has projects, got something else",
  ],
  [
    "a region of Google's",
    { KEY: { store: "google", name: "x", region: "eu-central-1" } },
    "secrets.KEY.region: must be left out: only aws has regions, got something else",
  ],
  [
    "two projects",
    { KEY: { store: "google", name: "projects/a-1/secrets/x", project: "b-1" } },
    "secrets.KEY.project: must be left out: name says the project already, got something else",
  ],
  ...["..", ".", "a/..", "a%2Fb"].map((project): [string, unknown, string] => [
    `a name with the project ${project}`,
    { KEY: { store: "google", name: `projects/${project}/secrets/x` } },
    'secrets.KEY.name: must be a name in Google Secret Manager, such as "stripe" or "projects/my-project-1/secrets/stripe", got something else',
  ]),
  [
    "an ARN of no region",
    { KEY: { store: "aws", name: "arn:aws:secretsmanager:eu:123456789012:secret:x" } },
    'secrets.KEY.name: must be a name or an ARN in AWS Secrets Manager, such as "prod/stripe", got something else',
  ],
  [
    "a region beside an ARN of another",
    {
      KEY: {
        store: "aws",
        name: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x",
        region: "eu-west-1",
      },
    },
    "secrets.KEY.region: must be left out, or eu-central-1 as in name's ARN, got something else",
  ],
];

test("an ARN's own region may stand beside it, and a project may be a domain's or a number", () => {
  const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x";
  const good = [
    { store: "aws", name: arn, region: "eu-central-1" },
    { store: "google", name: "projects/example.org:my-project/secrets/x" },
    { store: "google", name: "projects/123456789012/secrets/x" },
  ];
  for (const KEY of good) assert.deepEqual(problemsOf({ system: "loc8", secrets: { KEY } }), []);
});

test.each(cases)("%s is refused, and its value is not in the error", (_what, secrets, problem) => {
  assert.deepEqual(problemsOf({ system: "loc8", secrets }), [problem]);
});

test("a variable that is in environment too is refused, in capitals or not", () => {
  for (const secrets of [{ backend: { API_KEY: "x" } }, { API_KEY: "x" }]) {
    const [problem, ...others] = problemsOf({
      system: "loc8",
      secrets,
      environment: { backend: { api_key: "y" }, postgres: { API_KEY: "z" } },
    });
    assert.match(problem ?? "", /^environment\.backend\.api_key: must be left out: API_KEY is in secrets/);
    assert.deepEqual(others, []);
  }
});

test("each application is handed its own and the common ones, of two its own, and others none", () => {
  const { services } = parseSettings({
    system: "loc8",
    secrets: {
      SHARED: "s",
      PIN: 1234,
      BOTH: "all",
      MADE: "generate",
      backend: { BOTH: "own", OWN: "generate" },
    },
  });
  const common = { SHARED: { value: "s" }, PIN: { value: "1234" }, MADE: { generated: "all-made" } };
  assert.deepEqual(services.backend?.secrets, {
    ...common,
    BOTH: { value: "own" },
    OWN: { generated: "backend-own" },
  });
  assert.deepEqual(services.frontend?.secrets, { ...common, BOTH: { value: "all" } });
  assert.equal(services.postgres?.secrets, undefined);
});

test("one that a store keeps is known by its setting, for all or for one, and takes the place of what is made", () => {
  const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/django-AbCdEf";
  const all = { store: "google", name: "projects/my-project-1/secrets/mail", version: 3 };
  const own = { store: "aws", name: arn, property: "key" };
  const { services, rotate } = parseSettings({
    system: "docsai",
    secrets: { MAIL_PASSWORD: all, app: { SECRET_KEY: own } },
  });
  assert.deepEqual(services.app?.secrets, {
    MAIL_PASSWORD: { stored: { ...all, version: "3" }, key: "secrets.MAIL_PASSWORD" },
    SECRET_KEY: { stored: own, key: "secrets.app.SECRET_KEY" },
  });
  assert.ok(!Object.keys(rotate).includes("app-secret-key"));
});

test("one that a store keeps can't have a counter, and the error says who gives it another value", () => {
  const secrets = {
    MAIL: { store: "google", name: "mail" },
    backend: { API_KEY: { store: "aws", name: "prod/api" } },
  };
  const words = (place: string) =>
    `must be left out: ${place} keeps it; give it another value there and run up`;
  assert.deepEqual(problemsOf({ system: "loc8", secrets, rotate: { "backend-api-key": 2, "all-mail": 2 } }), [
    `rotate.backend-api-key: ${words("AWS Secrets Manager (prod/api)")}, got 2`,
    `rotate.all-mail: ${words("Google Secret Manager (mail)")}, got 2`,
  ]);
});

test("a run has to ask unless each stays at a version", () => {
  const moving = { store: "aws", name: "prod/api" };
  const fixed = { store: "google", name: "mail", version: "3" };
  const reason = (secrets: object) => movesOn(parseSettings({ system: "loc8", secrets }));
  assert.equal(reason({ A: "text", backend: { B: fixed } }), undefined);
  assert.equal(
    reason({ A: fixed, backend: { B: moving } }),
    "secrets.backend.B is kept in AWS Secrets Manager, which may have another value by now",
  );
});
