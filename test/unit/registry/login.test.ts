import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test, vi } from "vitest";
import { loginsFor, refusal } from "../../../toolchain/images/auth.ts";
import { storedLogin } from "../../../toolchain/images/dockerConfig.ts";

/** A folder that is Docker's own, and holds a helper program. */
async function rig(config: unknown, helper = "") {
  const folder = await mkdtemp(join(tmpdir(), "berth-login-"));
  await writeFile(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  await writeFile(join(folder, "docker-credential-cloud"), `#!/bin/sh\n${helper}\n`);
  await chmod(join(folder, "docker-credential-cloud"), 0o755);
  vi.stubEnv("DOCKER_CONFIG", folder);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH}`);
  return {
    folder,
    login: async (registry: string) => (await storedLogin(registry))?.credentials,
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    },
  };
}

const auth = Buffer.from("robot:s:ecret").toString("base64");
const known = { username: "robot", password: "s:ecret" };

test("a login is read from Docker's file, of Docker Hub by its old address too", async () => {
  await using docker = await rig({
    auths: { "registry.example": { auth }, "https://index.docker.io/v1/": { auth }, "empty.example": {} },
  });
  assert.deepEqual(await docker.login("registry.example"), { ...known, serveraddress: "registry.example" });
  assert.deepEqual(await docker.login("docker.io"), {
    ...known,
    serveraddress: "https://index.docker.io/v1/",
  });
  assert.equal(await docker.login("empty.example"), undefined);
  assert.equal(await docker.login("other.example"), undefined);
});

test("a login is asked of the helper program that Docker's file names", async () => {
  const answer = `read server; echo "{\\"Username\\":\\"robot\\",\\"Secret\\":\\"for $server\\"}"`;
  await using docker = await rig({ credHelpers: { "registry.example": "cloud" } }, answer);
  assert.deepEqual(await docker.login("registry.example"), {
    username: "robot",
    password: "for registry.example",
    serveraddress: "registry.example",
  });
  assert.equal(await docker.login("other.example"), undefined);
});

test("a helper that knows nothing, or isn't there, leaves what the file itself says", async () => {
  for (const credsStore of ["cloud", "nowhere"]) {
    await using docker = await rig({ credsStore, auths: { "registry.example": { auth } } }, "exit 1");
    assert.deepEqual(await docker.login("registry.example"), { ...known, serveraddress: "registry.example" });
  }
});

test("a file that isn't Docker's holds no login", async () => {
  for (const config of ["", "7", "no JSON"]) {
    await using docker = await rig(config);
    assert.equal(await docker.login("registry.example"), undefined);
  }
});

test("a registry is found however Docker's file spells it", async () => {
  for (const key of ["ghcr.io", "https://ghcr.io", "https://ghcr.io/v2/", "ghcr.io/"]) {
    await using docker = await rig({ auths: { [key]: { auth } } });
    assert.deepEqual(await docker.login("ghcr.io"), { ...known, serveraddress: "ghcr.io" }, key);
    assert.equal(await docker.login("ghcr.io.example"), undefined, key);
  }
});

test("a token that is no password is told from one, in the file and of a helper", async () => {
  const token = { identitytoken: "refresh me", serveraddress: "registry.example" };
  {
    await using docker = await rig({ auths: { "registry.example": { auth, identitytoken: "refresh me" } } });
    assert.deepEqual(await docker.login("registry.example"), token);
  }
  await using docker = await rig(
    { credHelpers: { "registry.example": "cloud" } },
    `echo '{"Username":"<token>","Secret":"refresh me"}'`,
  );
  assert.deepEqual(await docker.login("registry.example"), token);
});

test("settings' login goes to its registry alone, whatever Docker has stored for it", async () => {
  await using docker = await rig({ auths: { "ghcr.io": { auth }, "quay.io": { auth } } });
  const find = loginsFor({ "ghcr.io": { username: "me", password: "mine" } });
  assert.deepEqual(await find("ghcr.io"), {
    source: "berth:registries.ghcr.io",
    credentials: { username: "me", password: "mine", serveraddress: "ghcr.io" },
  });
  assert.deepEqual(await find("quay.io"), {
    source: join(docker.folder, "config.json"),
    credentials: { ...known, serveraddress: "quay.io" },
  });
  assert.equal(await find("docker.io"), undefined);
});

test("a refusal says whose login it was, and never the password", async () => {
  const reason = "unauthorized: authentication required";
  const refusalOf = async (registry: string) => refusal(registry, await storedLogin(registry), reason);
  {
    await using docker = await rig({ auths: { "ghcr.io": { auth } } });
    assert.equal(
      await refusalOf("ghcr.io"),
      `${reason}; ghcr.io was asked with the login of robot from ${join(docker.folder, "config.json")}`,
    );
    assert.equal(
      await refusalOf("quay.io"),
      `${reason}; quay.io was asked without a login: docker login quay.io, or set berth:registries`,
    );
  }
  const helpers: [config: object, helper: string, trouble: string][] = [
    [{ credHelpers: { "ghcr.io": "nowhere" } }, "", "docker-credential-nowhere gave none: it isn't on PATH"],
    [
      { credsStore: "cloud" },
      "echo 'credentials not found in native keychain'; exit 1",
      "docker-credential-cloud gave none: credentials not found in native keychain",
    ],
    [{ credsStore: "cloud" }, "echo hello", "docker-credential-cloud gave none: it answered something else"],
  ];
  for (const [config, helper, trouble] of helpers) {
    await using docker = await rig(config, helper);
    assert.ok(docker.folder);
    assert.equal(await refusalOf("ghcr.io"), `${reason}; ghcr.io was asked without a login, for ${trouble}`);
  }
  assert.equal(refusal("ghcr.io", undefined, "manifest unknown"), "manifest unknown");
});
