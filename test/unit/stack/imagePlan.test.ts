import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { hasImage, imageWarnings, planImage, type ImageFacts } from "../../../stack/imagePlan.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const laptop: ImageFacts = {
  present: new Map([
    ["nginx:1.30", "sha256:here"],
    [`mirror.example/library/redis@${digest("r")}`, "sha256:redis"],
  ]),
  locked: new Map(),
  thisMachine: true,
  made: false,
  preview: false,
};
const runner: ImageFacts = { ...laptop, present: undefined, thisMachine: false, made: true, preview: true };
const locked = new Map([["nginx:1.30", digest("n")]]);

describe("a tag that isn't locked", () => {
  test("is what this machine has under it, for another machine too", () => {
    for (const facts of [laptop, { ...laptop, thisMachine: false }])
      for (const name of ["nginx:1.30", "docker.io/library/nginx:1.30"])
        assert.deepEqual(planImage(name, facts), { id: "sha256:here" });
  });

  test("is pulled by another machine, where this one doesn't have it", () => {
    assert.deepEqual(planImage("nginx:1.30", runner), { pull: "nginx:1.30" });
    assert.deepEqual(imageWarnings(["nginx:1.30", "redis:7"], runner), [
      "images: nginx:1.30, redis:7 aren't in berth.lock.json, so the machine takes what they mean by then; berth lock",
    ]);
  });

  test("needs no lock where it is a name that a way back gave, which means one image for good", () => {
    const name = "berth-release/api:0123456789ab";
    assert.deepEqual(planImage(name, runner), { pull: name });
    assert.deepEqual(imageWarnings([name], runner), []);
  });

  test("is known after up, where only up gets it here, and a run says how to", () => {
    const empty = { ...laptop, present: new Map<string, string>() };
    assert.deepEqual(planImage("redis:7", { ...empty, preview: true }), { later: true });
    assert.deepEqual(planImage("redis:7", empty), {
      problem: 'images: must be on this machine, got no "redis:7" here; run berth up, or docker pull it',
    });
    assert.deepEqual(planImage("berth/reference-app:1", runner), { later: true });
    assert.deepEqual(imageWarnings(["berth/reference-app:1"], runner), [
      "images: berth/reference-app:1 aren't here yet, and known after berth up",
    ]);
    assert.deepEqual(planImage("berth/reference-app:1", { ...runner, preview: false }), {
      problem:
        'images: must be on this machine, got no "berth/reference-app:1" here; run berth up, which builds it, or name one of your own in berth:images',
    });
  });
});

describe("a digest", () => {
  const own = `registry.example/api:1@${digest("c")}`;

  test("is pulled by another machine, whatever this one has", () => {
    for (const present of [undefined, new Map([[`registry.example/api@${digest("c")}`, "sha256:c"]])])
      assert.deepEqual(planImage(own, { ...runner, present }), { pull: own });
    for (const present of [undefined, laptop.present])
      assert.deepEqual(planImage("nginx:1.30", { ...runner, present, locked }), {
        pull: `nginx@${digest("n")}`,
      });
  });

  test("is found here under any name, else pulled", () => {
    assert.deepEqual(planImage(`redis@${digest("r")}`, laptop), { id: "sha256:redis" });
    assert.deepEqual(planImage("redis:7", { ...laptop, locked: new Map([["redis:7", digest("r")]]) }), {
      id: "sha256:redis",
    });
    assert.deepEqual(planImage(own, laptop), { pull: own });
  });

  test("that is locked gives way to what a laptop has, and that is said", () => {
    const facts = { ...laptop, locked };
    assert.deepEqual(planImage("nginx:1.30", facts), { id: "sha256:here" });
    assert.deepEqual(imageWarnings(["nginx:1.30"], facts), [
      `images: nginx:1.30 must be ${digest("n")}, as berth.lock.json says, got image sha256:here on this machine; docker pull nginx@${digest("n")}, or berth lock for what its tag means now`,
    ]);
    const present = new Map([...(laptop.present ?? []), [`nginx@${digest("n")}`, "sha256:n"] as const]);
    assert.deepEqual(imageWarnings(["nginx:1.30"], { ...facts, present }), []);
  });
});

describe("an image that is built here and pushed", () => {
  const name = "ghcr.io/acme/api:0123456789abcdef";
  const pushed = new Set([name]);
  const has = { ...laptop, present: new Map([[name, "sha256:api"]]), pushed };

  test("is pulled by another machine, whatever this one has, and needs no lock", () => {
    for (const facts of [
      { ...runner, pushed },
      { ...has, thisMachine: false },
    ]) {
      assert.deepEqual(planImage(name, facts), { pull: name });
      assert.deepEqual(imageWarnings([name], facts), []);
      assert.equal(hasImage(name, facts), true);
    }
  });

  test("is the one that this machine's Docker has, where it runs there", () => {
    assert.deepEqual(planImage(name, has), { id: "sha256:api" });
    const empty = { ...laptop, pushed };
    assert.deepEqual(planImage(name, { ...empty, preview: true }), { later: true });
    assert.equal(hasImage(name, empty), false);
    assert.deepEqual(planImage(name, empty), {
      problem: `images: must be on this machine, got no "${name}" here; run berth up, which builds it, or name one of your own in berth:images`,
    });
  });
});

test("what a system can do without is left out only where nobody will have it", () => {
  const empty = { ...laptop, present: new Map<string, string>() };
  const server = { ...empty, thisMachine: false };
  assert.equal(hasImage("grafana/grafana:11", empty), false);
  assert.equal(hasImage("nginx:1.30", laptop), true);
  // A laptop's images say nothing of what a machine in a cloud can pull.
  assert.equal(hasImage("grafana/grafana:11", { ...server, made: true }), true);
  assert.equal(hasImage("grafana/grafana:11", server), false);
  // A preview says what the run after it would find, where there is an engine to ask.
  assert.equal(hasImage("grafana/grafana:11", { ...server, preview: true }), false);
  assert.equal(hasImage("grafana/grafana:11", { ...server, preview: true, present: undefined }), true);
  assert.equal(hasImage("nginx:1.30", { ...server, locked }), true);
  assert.equal(hasImage(`grafana/grafana@${digest("g")}`, server), true);
});
