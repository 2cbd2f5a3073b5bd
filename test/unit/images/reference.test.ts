import assert from "node:assert/strict";
import { test } from "vitest";
import { describe as describePull, isNetworkFailure } from "../../../toolchain/images/pull.ts";
import { mirrorNames, parseReference, plainName, registryHost } from "../../../lib/reference.ts";

const digest = `sha256:${"0".repeat(64)}`;

test("a reference is taken apart as Docker does", () => {
  const cases: [text: string, registry: string, repository: string, tag: string][] = [
    ["redis", "docker.io", "library/redis", "latest"],
    ["redis:7", "docker.io", "library/redis", "7"],
    ["team/api:1", "docker.io", "team/api", "1"],
    ["docker.io/library/redis:7", "docker.io", "library/redis", "7"],
    ["localhost/api", "localhost", "api", "latest"],
    ["registry:5000/api", "registry:5000", "api", "latest"],
    ["ghcr.io/team/api:v1.2", "ghcr.io", "team/api", "v1.2"],
  ];
  for (const [text, registry, repository, tag] of cases)
    assert.deepEqual(parseReference(text), { registry, repository, tag }, text);
});

test("the plain name is the shortest that Docker knows it by", () => {
  const plain = (text: string): string => plainName(parseReference(text));
  assert.equal(plain("docker.io/library/redis:7"), "redis:7");
  assert.equal(plain("redis"), "redis:latest");
  assert.equal(plain("ghcr.io/team/api:1"), "ghcr.io/team/api:1");
  assert.equal(plain(`redis:7@${digest}`), `redis@${digest}`);
});

test("a mirror is tried with library/ spelt out, then without", () => {
  const names = (text: string): string[] => mirrorNames(parseReference(text), "https://mirror.example/hub/");
  assert.deepEqual(names("redis:7"), ["mirror.example/hub/library/redis:7", "mirror.example/hub/redis:7"]);
  assert.deepEqual(names("team/api:1"), ["mirror.example/hub/team/api:1"]);
});

test("a registry is known by its host, however a login spells it", () => {
  for (const text of ["docker.io", "index.docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"])
    assert.equal(registryHost(text), "docker.io", text);
  for (const text of ["ghcr.io", "https://ghcr.io", "ghcr.io/", "https://ghcr.io/v2/"])
    assert.equal(registryHost(text), "ghcr.io", text);
  assert.equal(registryHost("http://registry.example:5000/v2"), "registry.example:5000");
});

test("a registry that says no is reachable", () => {
  assert.equal(isNetworkFailure("dial tcp: lookup x on 10.0.0.1:53: no such host"), true);
  assert.equal(isNetworkFailure("net/http: TLS handshake timeout"), true);
  assert.equal(isNetworkFailure("x509: certificate signed by unknown authority"), true);
  assert.equal(isNetworkFailure("manifest for redis:77 not found: manifest unknown"), false);
  assert.equal(isNetworkFailure("toomanyrequests: You have reached your pull rate limit"), false);
  assert.equal(isNetworkFailure("pull access denied for team/api"), false);
});

test("a pull's progress counts layers and the bytes still on their way", () => {
  const layers = new Map([
    ["a", { status: "Already exists" }],
    ["b", { status: "Downloading", progressDetail: { current: 3_000_000, total: 12_000_000 } }],
    ["c", { status: "Waiting" }],
  ]);
  assert.equal(describePull(layers), "pulling, 1 of 3 layers, 3 of 12 MB");
});
