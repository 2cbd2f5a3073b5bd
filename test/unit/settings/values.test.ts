import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { setAllConfig } from "@pulumi/pulumi/runtime/index.js";
import { describe, it } from "vitest";
import type * as z from "zod";
import { configValue } from "../../../lib/configValue.ts";
import { problemsOf } from "../../../lib/problems.ts";
import { readSettings, SettingsError, settingsFrom } from "../../../settings.ts";

describe("a value of the config", () => {
  it("is what pulumi config get says, numbers of any length among them", () => {
    assert.deepEqual(
      configValue('{"id":12345678901234567890,"text":"12345678901234567890","port":8080,"f":-1.5e3}'),
      {
        id: "12345678901234567890",
        text: "12345678901234567890",
        port: 8080,
        f: -1500,
      },
    );
    assert.equal(configValue('"a \\" 99999999999999999999"'), 'a " 99999999999999999999');
    assert.equal(configValue("2023-06-01"), "2023-06-01");
  });

  it("is text where text is meant, whatever it looks like", async () => {
    const config = { system: "docsai", network: "2024", superuser: "007", domain: "" };
    const { network, superuser } = await settingsFrom(config, "/");
    assert.deepEqual({ network, superuser }, { network: "2024", superuser: "007" });
  });

  it("is text in an environment, as a number or a flag too", async () => {
    const environment = '{"backend":{"RETRIES":3,"DEBUG":true,"RATIO":0.5,"VERSION":"2023-06-01"}}';
    const { services } = await settingsFrom({ system: "loc8", environment }, "/");
    assert.deepEqual(services.backend?.environment, {
      RETRIES: "3",
      DEBUG: "true",
      RATIO: "0.5",
      VERSION: "2023-06-01",
    });
    await assert.rejects(
      settingsFrom({ system: "loc8", environment: { backend: { LIST: [1], GONE: null } } }, "/"),
      {
        message:
          "environment.backend.LIST: must be text, got [1]\nenvironment.backend.GONE: must be text, got null",
      },
    );
  });

  it("is a folder from where the stack's file is", async () => {
    const { services } = await settingsFrom(
      { system: "loc8", development: { backend: "../api" } },
      "/srv/infra",
    );
    assert.equal(services.backend?.source, "/srv/api");
  });
});

describe("a mistake is one line", () => {
  const problems = async (config: Record<string, unknown>): Promise<string> => {
    const reading = settingsFrom({ system: "loc8", ...config }, "/");
    return reading.then(
      () => "accepted",
      (error: unknown) => (error instanceof SettingsError ? error.message : String(error)),
    );
  };
  const known = "unknown key; known: requests, burst";

  it("whatever its key is: one that breaks lines, turns the direction, or is empty is shown as JSON has it", async () => {
    for (const [key, shown] of [
      ["two\nlines", String.raw`"two\nlines"`],
      ["\u001b[2J", String.raw`"\u001b[2J"`],
      ["a\u202eb", String.raw`"a\u202eb"`],
      ["", '""'],
      [" ", '" "'],
      ["x".repeat(5000), `"${"x".repeat(76)}...`],
      ["été", "été"],
    ] as const)
      assert.equal(await problems({ rates: { api: { [key]: 1 } } }), `rates.api.${shown}: ${known}`);
  });

  it("whatever its value is", async () => {
    assert.equal(
      await problems({ replicas: { backend: "\u009b31m\u202e\u2028" } }),
      String.raw`replicas.backend: must be a whole number from 1 to 32, got "\u009b31m\u202e\u2028"`,
    );
  });

  it("and the same from a file as from the engine, which hands a map over as text", async () => {
    const rule = 'domain: must be a domain name such as "app.example.org", got ';
    assert.equal(await problems({ domain: ["a"] }), String.raw`${rule}"[\"a\"]"`);
    assert.equal(await problems({ domain: { a: 1 } }), String.raw`${rule}"{\"a\":1}"`);
  });

  it("where the proxy is to listen at what is no address, which Docker would refuse once all else is there", async () => {
    for (const ip of ["localhost", "a b", "", "fe80::1%eth0"])
      assert.equal(
        await problems({ host: { kind: "local", ip } }),
        `host.ip: must be an IP address such as "127.0.0.1" or "::1", got "${ip}"`,
      );
    for (const ip of ["0.0.0.0", "::1"])
      assert.equal(await problems({ host: { kind: "local", ip } }), "accepted");
  });

  it("where the host is no map", async () => {
    assert.equal(await problems({ host: 0 }), "host: must be a map such as { kind: local }, got 0");
  });
});

describe("no error shows", () => {
  const problem = async (config: Record<string, unknown>, secret: string[] = []): Promise<string> => {
    try {
      await settingsFrom({ system: "loc8", ...config }, "/", secret);
    } catch (error) {
      if (error instanceof SettingsError) return error.message;
    }
    return "accepted";
  };

  it("what the stack's file encrypts", async () => {
    assert.equal(
      await problem({ domain: "hunter2 x" }, ["domain"]),
      `domain: must be a domain name such as "app.example.org", got something else`,
    );
    assert.equal(
      await problem({ environment: { backend: { KEY: ["hunter2"] } } }, ["environment"]),
      "environment.backend.KEY: must be text, got something else",
    );
  });

  it("where alerts go, of a system that isn't watched either", async () => {
    assert.equal(
      await problem({ alerts: { slack: "https://chat.example.org/hunter2" } }),
      "alerts: must be left out unless monitoring is true, got something else",
    );
  });

  it("but a yes or no, whose key speaks of secrets and holds none", async () => {
    assert.equal(
      await problem({ secretsInEnvironment: "yes", override: { backend: { secretsInEnvironment: 1 } } }),
      [
        'secretsInEnvironment: must be true or false, got "yes"',
        "override.backend.secretsInEnvironment: must be true or false, got 1",
      ].join("\n"),
    );
  });

  it("what goes by the name of a password, a token or a key", async () => {
    for (const name of [
      "DB_PASSWORD",
      "password",
      "apiToken",
      "SECRET",
      "AWS_SECRET_ACCESS_KEY",
      "api_key",
    ]) {
      assert.equal(
        await problem({ environment: { backend: { [name]: ["hunter2"] } } }),
        `environment.backend.${name}: must be text, got something else`,
      );
    }
    assert.equal(
      await problem({ registry: { password: ["hunter2"] } }),
      "registry.password: must be text, got something else",
    );
    assert.equal(
      await problem({ environment: { backend: { KEYBOARD: ["qwerty"] } } }),
      'environment.backend.KEYBOARD: must be text, got ["qwerty"]',
    );
  });

  it("a password in a list of pairs, as Compose takes variables", async () => {
    assert.equal(
      await problem({ environment: { backend: ["API_TOKEN=hunter2", "LOG_LEVEL=debug"] } }),
      'environment.backend: must be a map such as { LOG_LEVEL: "debug" }, got ["API_TOKEN=…","LOG_LEVEL=debug"]',
    );
  });

  it("a password below the value that is wrong, or in a URL", () => {
    const issue: z.core.$ZodIssue = {
      code: "custom",
      path: ["registry"],
      message: "must be a list",
      input: undefined,
    };
    assert.deepEqual(
      problemsOf([issue], {
        registry: { user: "me", password: "hunter2", mirror: "https://me:hunter2@host/" },
      }),
      ['registry: must be a list, got {"user":"me","password":"…","mirror":"https://…@host/"}'],
    );
  });
});

describe("what the stack's file encrypts", () => {
  it("is known to the program, and its variables are secret", async () => {
    setAllConfig({ "berth:system": "loc8", "berth:environment": '{"backend":{"KEY":"k"}}' }, [
      "berth:environment",
    ]);
    await pulumi.runtime.setMocks(
      { newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) },
      "berth",
      "dev",
    );
    const { services } = await readSettings("/");
    assert.equal(services.backend?.secretEnvironment, true);
    setAllConfig({ "berth:system": "loc8" }, []);
    assert.equal((await readSettings("/")).services.backend?.secretEnvironment, false);
  });
});
