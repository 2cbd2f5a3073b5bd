import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test, vi } from "vitest";
import { loginOf } from "../../../toolchain/images/auth.ts";

/** A folder that is Docker's own, and holds a helper program. */
async function rig(config: unknown, helper = "") {
  const folder = await mkdtemp(join(tmpdir(), "berth-login-"));
  await writeFile(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  await writeFile(join(folder, "docker-credential-cloud"), `#!/bin/sh\n${helper}\n`);
  await chmod(join(folder, "docker-credential-cloud"), 0o755);
  vi.stubEnv("DOCKER_CONFIG", folder);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH}`);
  return {
    login: loginOf,
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
