import assert from "node:assert/strict";
import { test } from "vitest";
import { versionVerdicts } from "../../../cli/verify/floor.ts";

const info = (image: string, labels: Record<string, string> = {}) => ({
  Id: "1a2b3c",
  Names: ["/one"],
  Image: image,
  Labels: labels,
});

/** What is said of a server by what it says of itself. */
const lines = (kind: string, output: string, labels?: Record<string, string>) =>
  versionVerdicts(info("redis:7", labels), kind, output).map(
    ({ level, what, outcome, detail }) => `${level}, ${what}: ${outcome}, ${detail}`,
  );

const outcomes = (kind: string, text: (version: string) => string, versions: string[]) =>
  versions.map((version) => `${version} ${lines(kind, text(version))[0]?.split(" ")[4]?.slice(0, 4) ?? "-"}`);

test("a server older than the least of its branch is a warning, with what brings a newer one", () => {
  assert.deepEqual(lines("redis", "Redis server v=7.2.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64"), [
    "container, version of one: warn, Redis 7.2.15 is older than 7.2.16, which mends holes that are known; berth lock and berth up run what its tag means now, and without a lock file docker pull redis:7 on its machine, then berth up",
  ]);
  assert.deepEqual(lines("redis", "Redis server v=7.0.15 sha=00000000:0", { "berth.standin": "true" }), [
    "container, version of one: warn, Redis 7.0.15 is older than 7.2.16, which mends holes that are known; this image was built here of Debian's packages, which get mends under older numbers; where its registry answers, docker pull redis:7 and berth up run the vendor's",
  ]);
  assert.deepEqual(lines("proxy", "nginx version: nginx/1.30.4\n"), [
    "container, version of one: pass, nginx 1.30.4",
  ]);
});

test("each server has the least version of its branches, number by number", () => {
  const redis = (version: string) => `Redis server v=${version} sha=0`;
  assert.deepEqual(outcomes("redis", redis, ["7.2.16", "7.4.0", "7.4.9", "7.4.11", "8.0.1", "6.2.20"]), [
    "7.2.16 pass",
    "7.4.0 warn",
    "7.4.9 warn",
    "7.4.11 pass",
    "8.0.1 -",
    "6.2.20 warn",
  ]);
  const nginx = (version: string) => `nginx version: nginx/${version} (Debian)`;
  assert.deepEqual(outcomes("proxy", nginx, ["1.9.15", "1.30.3", "1.30.10", "1.31.0"]), [
    "1.9.15 warn",
    "1.30.3 warn",
    "1.30.10 pass",
    "1.31.0 -",
  ]);
  const postgres = (version: string) => `postgres (PostgreSQL) ${version} (Debian ${version}-0+deb12u1)`;
  assert.deepEqual(outcomes("postgres", postgres, ["15.9", "15.18", "15.19", "18.1"]), [
    "15.9 warn",
    "15.18 warn",
    "15.19 pass",
    "18.1 -",
  ]);
});

test("nothing is said of another server, nor of one that doesn't say its version", () => {
  assert.deepEqual(lines("redis", "Valkey server v=8.0.1 sha=0"), []);
  assert.deepEqual(lines("proxy", "OCI runtime exec failed: exec: nginx: executable file not found"), []);
  assert.deepEqual(lines("web", "nginx version: nginx/1.0.0"), []);
  assert.deepEqual(lines("postgres", ""), []);
});
