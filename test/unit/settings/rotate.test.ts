import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { parseSettings, SettingsError } from "../../../settings.ts";

function problems(config: Record<string, unknown>): readonly string[] {
  try {
    parseSettings(config);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe("rotate", () => {
  it("knows every secret that the engine makes for a stack, each at one", () => {
    assert.deepEqual(parseSettings({ system: "loc8" }).rotate, {
      "postgres-password": 1,
      "postgres-superuser-password": 1,
      "redis-password": 1,
    });
    const secrets = { SHARED: "generate", backend: { OWN_KEY: "generate" } };
    const config = { system: "loc8", monitoring: true, optional: { redis: false }, secrets };
    assert.deepEqual(Object.keys(parseSettings(config).rotate).sort(), [
      "all-shared",
      "backend-own-key",
      "grafana-password",
      "postgres-monitoring-password",
      "postgres-password",
      "postgres-superuser-password",
    ]);
  });

  it("takes a system's key, unless its owner gives another, and an administrator's where there is one", () => {
    const names = (config: object) => Object.keys(parseSettings({ system: "docsai", ...config }).rotate);
    assert.ok(names({}).includes("app-secret-key"));
    assert.ok(!names({ secrets: { app: { SECRET_KEY: "x".repeat(64) } } }).includes("app-secret-key"));
    assert.ok(names({ superuser: "root" }).includes("superuser-password"));
    assert.ok(!names({}).includes("superuser-password"));
  });

  it("knows a secret of the monitoring where its part is there, and refuses it where it isn't", () => {
    const mistakes = (config: object) =>
      problems({ system: "loc8", monitoring: true, rotate: { "grafana-password": 2 }, ...config });
    const all = "postgres-password, postgres-superuser-password";
    const refused = (names: string) => [
      `rotate.grafana-password: must be a secret of this stack: ${names}, got 2`,
    ];
    assert.deepEqual(mistakes({}), []);
    assert.deepEqual(
      mistakes({ optional: { grafana: false } }),
      refused(`${all}, postgres-monitoring-password, redis-password`),
    );
    assert.deepEqual(mistakes({ monitoring: false }), refused(`${all}, redis-password`));
    assert.deepEqual(mistakes({ system: "vru", monitoring: false }), []);
  });

  it("takes no secret of a part of the monitoring that has none", () => {
    const rotate = { "prometheus-password": 2 };
    const [line = "", ...others] = problems({ system: "loc8", monitoring: true, rotate });
    assert.match(
      line,
      /^rotate\.prometheus-password: must be a secret of this stack: .*grafana-password, got 2$/,
    );
    assert.deepEqual(others, []);
  });

  it("refuses a name that no secret of the stack has, with those that it may be", () => {
    const all = "postgres-password, postgres-superuser-password, redis-password";
    assert.deepEqual(problems({ system: "loc8", rotate: { postgres: 2 } }), [
      `rotate.postgres: must be a secret of this stack: ${all}, got 2`,
    ]);
    const external = { postgres: "postgresql://a:b@db.example/a" };
    assert.deepEqual(problems({ system: "loc8", external, rotate: { "postgres-password": 2 } }), [
      "rotate.postgres-password: must be a secret of this stack: redis-password, got 2",
    ]);
  });

  it.each([
    [0, "0"],
    [1.5, "1.5"],
    ["2", "something else"],
    ["MyNewS3cret", "something else"],
    [1001, "1001"],
  ])("refuses a counter of %s", (counter, shown) => {
    assert.deepEqual(problems({ system: "loc8", rotate: { "redis-password": counter } }), [
      `rotate.redis-password: must be a whole number from 1 to 1000, got ${shown}`,
    ]);
  });
});
