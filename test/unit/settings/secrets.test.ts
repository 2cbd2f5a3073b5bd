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

const variable = 'of capitals, digits and underscores such as "API_KEY"';
const unknown = `must be one of backend, frontend, or a variable name ${variable}, for all of them`;

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
  ["nothing", { backend: { KEY: "" } }, "secrets.backend.KEY: must be text, got something else"],
  ["a map for a text", { KEY: { KEY: "hunter2" } }, "secrets.KEY: must be text, got something else"],
  ["a list", { backend: { KEY: ["hunter2"] } }, "secrets.backend.KEY: must be text, got something else"],
];

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
