import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, test } from "vitest";
import { parseReference } from "../../../lib/reference.ts";
import type { Credentials } from "../../../toolchain/images/dockerConfig.ts";
import { parseChallenge } from "../../../toolchain/registry/challenge.ts";
import { RegistryClient } from "../../../toolchain/registry/client.ts";
import { ask } from "../../../toolchain/registry/http.ts";
import { login, openRegistry, type Gate } from "../../tools/registry.ts";

const given = "berth:registries.registry.example";

async function rig(gate: Gate, credentials?: Credentials) {
  const standIn = await openRegistry(gate);
  const client = new RegistryClient(ask, () =>
    Promise.resolve(credentials && { credentials, source: given }),
  );
  const reference = (name: string) => parseReference(`${standIn.registry}/${name}`);
  return { ...standIn, client, reference, [Symbol.asyncDispose]: () => standIn.close() };
}

describe("what a tag means", () => {
  test("is the digest of the index, where the image is for several platforms", async () => {
    await using registry = await rig("open");
    const digest = registry.push("team/api:1", ["linux/amd64", "linux/arm64"]);
    assert.equal(await registry.client.digestOf(registry.reference("team/api:1")), digest);
    assert.deepEqual(registry.requests, ["HEAD /v2/team/api/manifests/1"]);
  });

  test("is asked with a token that anybody gets, once for each repository", async () => {
    await using registry = await rig("token");
    const first = registry.push("public/api:1", ["linux/amd64"]);
    const second = registry.push("public/api:2", ["linux/amd64"]);
    assert.equal(await registry.client.digestOf(registry.reference("public/api:1")), first);
    assert.equal(await registry.client.digestOf(registry.reference("public/api:2")), second);
    assert.deepEqual(registry.requests, [
      "HEAD /v2/public/api/manifests/1",
      "GET /token",
      "HEAD /v2/public/api/manifests/1 with token",
      "HEAD /v2/public/api/manifests/2 with token",
    ]);
  });

  test("is asked with a token for a login, where the repository is private", async () => {
    await using registry = await rig("token", login);
    const digest = registry.push("team/api:1", ["linux/amd64"]);
    assert.equal(await registry.client.digestOf(registry.reference("team/api:1")), digest);
    assert.deepEqual(registry.requests.slice(1), [
      "GET /token as robot",
      "HEAD /v2/team/api/manifests/1 with token",
    ]);
  });

  test("is asked with the login itself, where the registry has no tokens", async () => {
    await using registry = await rig("basic", login);
    const digest = registry.push("team/api:1", ["linux/amd64"]);
    assert.equal(await registry.client.digestOf(registry.reference("team/api:1")), digest);
  });

  test("is asked with a token that another token is given for, as a helper of some clouds has one", async () => {
    await using registry = await rig("token", { identitytoken: "refresh me" });
    const digest = registry.push("team/api:1", ["linux/amd64"]);
    assert.equal(await registry.client.digestOf(registry.reference("team/api:1")), digest);
    assert.deepEqual(registry.requests.slice(1), ["POST /token", "HEAD /v2/team/api/manifests/1 with token"]);
  });
});

describe("what an image says of itself", () => {
  test("is read by tag or digest, of an index or a manifest alone", async () => {
    await using registry = await rig("token", login);
    const digest = registry.push("team/api:1", ["linux/arm64", "linux/amd64"], { User: "app" });
    registry.push("team/web:1", ["linux/amd64"], { User: "web" });
    const configs = [
      await registry.client.configOf(registry.reference("team/api:1"), "linux/amd64"),
      await registry.client.configOf(registry.reference(`team/api@${digest}`), "linux/amd64"),
      await registry.client.configOf(registry.reference("team/web:1"), "linux/amd64"),
      // What it says of its process is the same for a platform that it isn't made for.
      await registry.client.configOf(registry.reference("team/web:1"), "linux/s390x"),
    ].map((text) => JSON.parse(text) as { architecture: string; config: { User: string } });
    assert.deepEqual(
      configs.map(({ architecture, config }) => [architecture, config.User]),
      [
        ["amd64", "app"],
        ["amd64", "app"],
        ["amd64", "web"],
        ["amd64", "web"],
      ],
    );
  });
});

describe("what is refused", () => {
  test("a private repository without a login", async () => {
    await using registry = await rig("token");
    registry.push("team/api:1", ["linux/amd64"]);
    await assert.rejects(registry.client.digestOf(registry.reference("team/api:1")), {
      message: `${registry.registry} must let team/api be read, got status 401; ${registry.registry} was asked without a login: docker login ${registry.registry}, or set berth:registries`,
    });
  });

  test("a wrong password", async () => {
    await using registry = await rig("basic", { ...login, password: "other" });
    registry.push("team/api:1", ["linux/amd64"]);
    await assert.rejects(registry.client.digestOf(registry.reference("team/api:1")), {
      message: `${registry.registry} must let team/api be read, got status 401; ${registry.registry} was asked with the login of robot from ${given}`,
    });
  });

  test("a tag that isn't there", async () => {
    await using registry = await rig("open");
    await assert.rejects(registry.client.digestOf(registry.reference("team/api:2")), {
      message: `${registry.registry} must have team/api:2, got status 404`,
    });
  });

  test("a registry that isn't there, by its name and the reason", async () => {
    const client = new RegistryClient(ask, () => Promise.resolve(undefined));
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(client.digestOf(parseReference(`127.0.0.1:${port}/api:1`)), {
      message: `127.0.0.1:${port} could not be reached (connect ECONNREFUSED 127.0.0.1:${port})`,
    });
  });

  test("an image of another platform, whether it has an index or not", async () => {
    await using registry = await rig("open");
    const single = registry.push("team/one:1", ["linux/arm64"]);
    const several = registry.push("team/two:1", ["linux/arm64", "linux/s390x"]);
    const check = (name: string, digest: string) =>
      registry.client.checkPlatform(registry.reference(name), digest, "linux/amd64");
    await assert.rejects(check("team/one:1", single), {
      message: "team/one:1 must be for linux/amd64, got linux/arm64",
    });
    await assert.rejects(check("team/two:1", several), {
      message: "team/two:1 must be for linux/amd64, got linux/arm64, linux/s390x",
    });
    await registry.client.checkPlatform(registry.reference("team/one:1"), single, "linux/arm64");
    await registry.client.checkPlatform(registry.reference("team/two:1"), several, "linux/s390x");
  });

  test("a manifest that isn't what its digest names", async () => {
    const other = `sha256:${"a".repeat(64)}`;
    const sent = `sha256:${createHash("sha256").update('{"config":{}}').digest("hex")}`;
    const lying = () =>
      Promise.resolve({ status: 200, header: () => undefined, body: Buffer.from('{"config":{}}') });
    const client = new RegistryClient(lying, () => Promise.resolve(undefined));
    await assert.rejects(
      client.checkPlatform(parseReference("registry.example/api:1"), other, "linux/amd64"),
      {
        message: `registry.example must send what ${other} names, got ${sent}`,
      },
    );
  });
});

test("a challenge is read with and without quotes, in any case, and another scheme is none", () => {
  assert.deepEqual(
    parseChallenge('Bearer realm="https://auth.example/t",service="r",scope="repository:a:pull,push"'),
    {
      scheme: "bearer",
      realm: "https://auth.example/t",
      query: { service: "r", scope: "repository:a:pull,push" },
    },
  );
  assert.deepEqual(parseChallenge("bearer Realm=https://auth.example/t"), {
    scheme: "bearer",
    realm: "https://auth.example/t",
    query: {},
  });
  assert.deepEqual(parseChallenge('BASIC realm="x"'), { scheme: "basic" });
  for (const wrong of ["", "Negotiate", 'Bearer service="no realm"', 'Bearer realm="ftp://auth.example"'])
    assert.equal(parseChallenge(wrong), undefined, wrong);
});
