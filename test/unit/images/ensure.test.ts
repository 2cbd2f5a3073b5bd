import assert from "node:assert/strict";
import { test, vi } from "vitest";
import { ensureImages } from "../../../toolchain/images/index.ts";
import { RecipeHashes } from "../../../toolchain/images/recipeHashes.ts";
import { FakeDocker, Recorder } from "./fakeDocker.ts";

const arrived = [{ status: "Pulling from library" }, { id: "a1", status: "Pull complete" }];
const unresolved = new Error(
  '(HTTP code 500) server error - Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host',
);

/** Engine with the current stand-in of a parent, so that only the image under test would be built. */
async function withBase(): Promise<FakeDocker> {
  const docker = new FakeDocker();
  const hash = await new RecipeHashes(docker).hashOf("berth/base:bookworm");
  return docker.has("berth/base:bookworm", { "berth.recipe": hash });
}

test("what the engine has is left alone, without a word to any registry", async () => {
  const docker = new FakeDocker().has("redis:7").has("team/api:1");
  const progress = new Recorder();
  await ensureImages(progress, ["redis:7", "docker.io/library/redis:7", "team/api:1"], { docker });
  assert.deepEqual(docker.requests, []);
  assert.deepEqual(progress.lines.sort(), ["image redis:7: skip present", "image team/api:1: skip present"]);
});

test("what is missing is pulled, even when there is a recipe for it", async () => {
  const docker = new FakeDocker();
  docker.answers["redis:7"] = arrived;
  await ensureImages(new Recorder(), ["redis:7"], { docker });
  assert.deepEqual(docker.requests, ["pull redis:7"]);
});

test("what only the mirror has gets its plain name", async () => {
  const docker = new FakeDocker();
  docker.answers["mirror.example:5000/redis:7"] = arrived;
  await ensureImages(new Recorder(), ["redis:7"], { docker, mirror: "mirror.example:5000" });
  assert.deepEqual(docker.requests, [
    "pull redis:7",
    "pull mirror.example:5000/library/redis:7",
    "pull mirror.example:5000/redis:7",
    "tag mirror.example:5000/redis:7 redis:7",
  ]);
});

test("what can't be pulled is built from its recipe and carries the recipe's hash", async () => {
  const docker = await withBase();
  docker.answers["redis:7"] = unresolved;
  const progress = new Recorder();
  await ensureImages(progress, ["redis:7"], { docker });
  assert.deepEqual(docker.requests, ["pull redis:7", "build redis:7"]);
  assert.ok(progress.lines.includes("image redis:7: note docker.io could not be reached (no such host)"));
  const labels = docker.images.get("redis:7")?.Config.Labels;
  assert.deepEqual(labels, { "berth.recipe": await new RecipeHashes(docker).hashOf("redis:7") });
});

test("a stand-in whose sources changed is rebuilt and not pulled; a current one stays", async () => {
  const docker = (await withBase()).has("redis:7", { "berth.recipe": "of-other-sources" });
  await ensureImages(new Recorder(), ["redis:7"], { docker });
  await ensureImages(new Recorder(), ["redis:7"], { docker });
  assert.deepEqual(docker.requests, ["build redis:7"]);
});

test("a registry that can't be reached is asked once a run", async () => {
  const docker = new FakeDocker();
  const images = ["a/one:1", "a/two:1", "a/three:1"];
  for (const image of images) docker.answers[image] = unresolved;
  const run = ensureImages(new Recorder(), images, { docker });
  const reason =
    "could not be had: docker.io could not be reached (no such host); it isn't in Docker either, and Berth builds none of that name";
  await assert.rejects(run, {
    message: images.map((image) => `image "${image}": ${reason}`).join("\n"),
  });
  assert.equal(docker.requests.length, 1, docker.requests.join());
});

test("a registry that answers for one image is asked for the others", async () => {
  const docker = new FakeDocker();
  docker.answers["a/two:1"] = arrived;
  const run = ensureImages(new Recorder(), ["a/one:1", "a/two:1"], { docker });
  await assert.rejects(run, {
    message:
      'image "a/one:1": could not be had: manifest for a/one:1 not found; it isn\'t in Docker either, and Berth builds none of that name',
  });
  // Both are asked for at once, so either may come first.
  assert.deepEqual(docker.requests.sort(), ["pull a/one:1", "pull a/two:1"]);
});

test("an error in the middle of a pull names what was wrong", async () => {
  const docker = new FakeDocker();
  docker.answers["a/one:1"] = [{ status: "Pulling" }, { error: "toomanyrequests: slow down" }];
  await assert.rejects(ensureImages(new Recorder(), ["a/one:1"], { docker }), {
    message:
      'image "a/one:1": could not be had: toomanyrequests: slow down; it isn\'t in Docker either, and Berth builds none of that name',
  });
});

test("a registry that never answers is given up after six seconds", async ({ onTestFinished }) => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const docker = new FakeDocker();
  docker.answers["silent.example/one:1"] = "never";
  const run = ensureImages(new Recorder(), ["silent.example/one:1"], { docker });
  while (docker.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(6_000);
  await assert.rejects(run, {
    message:
      'image "silent.example/one:1": could not be had: silent.example did not answer within 6 s; it isn\'t in Docker either, and Berth builds none of that name',
  });
});

test("a digest can't come from a mirror", async () => {
  const docker = new FakeDocker();
  const name = `redis@sha256:${"a".repeat(64)}`;
  await assert.rejects(ensureImages(new Recorder(), [name], { docker, mirror: "mirror.example" }), {
    message: `image "${name}": could not be had: manifest for ${name} not found; mirror: can only stand in for a tag, not for a digest; it isn't in Docker either, and Berth builds none of that name`,
  });
});

test("what is missing in the end is told, where it may be", async () => {
  const docker = new FakeDocker();
  docker.answers["redis:7"] = arrived;
  const missing = await ensureImages(new Recorder(), ["redis:7", "a/one:1"], {
    docker,
    dispensable: ["redis:7", "a/one:1"],
  });
  assert.deepEqual(missing, ["a/one:1"]);
});

test("each login goes to its registry and to no other", async () => {
  process.env.DOCKER_CONFIG = "/nonexistent";
  const docker = new FakeDocker();
  const [own, other] = ["registry.example/api:1", "registry.example:5000/api:1"];
  docker.answers[own] = docker.answers[other] = docker.answers["redis:7"] = arrived;
  const logins = {
    "registry.example": { username: "robot", password: "secret" },
    "ghcr.io": { username: "cat", password: "secret" },
  };
  await ensureImages(new Recorder(), [own, other, "redis:7"], { docker, logins });
  const shown = Object.fromEntries(
    docker.requests.map((request, index) => [request, docker.credentials[index]]),
  );
  assert.deepEqual(shown, {
    [`pull ${own}`]: "robot",
    [`pull ${other}`]: undefined,
    "pull redis:7": undefined,
  });
});
