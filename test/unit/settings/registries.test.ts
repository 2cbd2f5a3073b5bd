import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { parseSettings, SettingsError } from "../../../settings.ts";

const login = { username: "me", password: "12345678" };
const other = { username: "robot", password: "s:ecret" };

describe("logins by registry", () => {
  it("are each their registry's, Docker Hub's by its old name too", () => {
    const registries = { "ghcr.io": login, "index.docker.io": other, "registry.example:5000": login };
    assert.deepEqual(parseSettings({ system: "loc8", registries }).logins, {
      "ghcr.io": login,
      "docker.io": other,
      "registry.example:5000": login,
    });
  });

  it("go with one that doesn't say whose it is", () => {
    const config = { system: "loc8", registry: other, registries: { "ghcr.io": login } };
    assert.deepEqual(parseSettings(config).logins, { "docker.io": other, "ghcr.io": login });
  });
});

describe("a login that doesn't say whose it is", () => {
  const logins = (config: object) => parseSettings({ registry: login, ...config }).logins;

  it("is Docker Hub's where settings name images of no other, whatever the system's own come from", () => {
    assert.deepEqual(logins({ system: "arv" }), { "docker.io": login });
    assert.deepEqual(logins({ system: "arv", images: { app: "docker.io/acme/api:1.2" } }), {
      "docker.io": login,
    });
  });

  it("is that of the one other registry that settings' images are from", () => {
    assert.deepEqual(
      logins({ system: "loc8", images: { backend: "ghcr.io/acme/api:1", postgres: "postgres:16" } }),
      {
        "ghcr.io": login,
      },
    );
  });

  it("is the mirror's where there is one", () => {
    assert.deepEqual(
      logins({ system: "loc8", registry: { ...login, mirror: "https://m.example:5000/hub" } }),
      {
        "m.example:5000": login,
      },
    );
  });
});

describe("what is wrong with logins is told, and never a password", () => {
  const cases: [config: object, problem: string][] = [
    [
      { images: { backend: "ghcr.io/a/b:1", frontend: "quay.io/c/d:1" }, registry: login },
      'registry.username: must say whose it is, as images are from ghcr.io, quay.io; write registries: { ghcr.io: { username: …, password: … } }, got "me"',
    ],
    [
      { registry: { username: "me" } },
      "registry.password: must be there where the other of username and password is, got nothing",
    ],
    [
      { registry: { password: 12345678 } },
      "registry.username: must be there where the other of username and password is, got nothing",
    ],
    [
      { registries: { "ghcr.io": { username: "me" } } },
      "registries.ghcr.io.password: must be text, got nothing",
    ],
    [
      { registries: { "ghcr.io": { username: "me", password: ["12345678"] } } },
      "registries.ghcr.io.password: must be text, got something else",
    ],
    [
      { registries: { "ghcr.io": { username: "me", password: "x", registry: "y" } } },
      "registries.ghcr.io.registry: unknown key; known: username, password",
    ],
    [
      { registries: { "https://ghcr.io/v2": login } },
      "registries.https://ghcr.io/v2: must be a registry as images name it, such as ghcr.io, docker.io or registry.example:5000",
    ],
    [
      { registries: { acme: login } },
      "registries.acme: must be a registry as images name it, such as ghcr.io, docker.io or registry.example:5000",
    ],
    [
      { registries: { "ghcr.io": "me:12345678" } },
      "registries.ghcr.io: must be a map such as { username: …, password: … }, got something else",
    ],
    [
      { registry: "me:12345678" },
      "registry: must be a map such as { mirror: registry.example:5000 }, got something else",
    ],
    [
      { registries: "me:12345678@ghcr.io" },
      "registries: must be a map such as { ghcr.io: { username: …, password: … } }, got something else",
    ],
  ];
  for (const [config, problem] of cases)
    it(JSON.stringify(config), () => {
      assert.throws(() => parseSettings({ system: "loc8", ...config }), new SettingsError([problem]));
    });
});
