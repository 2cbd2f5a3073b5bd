import assert from "node:assert/strict";
import { test } from "vitest";
import { applied, changesOf, changeText } from "../../../cli/lock/changes.ts";
import { resolveAll } from "../../../cli/lock/resolve.ts";
import { silent } from "../../../cli/session.ts";
import { openRegistry } from "../../tools/registry.ts";

const platform = "linux/amd64";

test("what changed since is told image by image, and what nobody uses goes where all stacks are looked at", () => {
  const before = new Map([
    ["a:1", "sha256:a"],
    ["b:1", "sha256:b"],
    ["old:1", "sha256:o"],
  ]);
  const found = new Map([
    ["a:1", "sha256:a"],
    ["b:1", "sha256:bb"],
    ["c:1", "sha256:c"],
  ]);
  const entries = changesOf(before, found, true);
  assert.deepEqual(entries, [
    { image: "a:1", change: "same", was: "sha256:a", now: "sha256:a" },
    { image: "b:1", change: "moved", was: "sha256:b", now: "sha256:bb" },
    { image: "c:1", change: "new", now: "sha256:c" },
    { image: "old:1", change: "unused", was: "sha256:o" },
  ]);
  assert.equal(changeText(entries), "1 new, 1 moved, 1 unused");
  assert.deepEqual(applied(before, entries), found);
  const one = changesOf(before, found, false);
  assert.deepEqual(applied(before, one), new Map([...found, ["old:1", "sha256:o"]]));
  assert.equal(changeText(changesOf(found, found, true)), "");
});

test("tags are asked of their registry once, however many stacks use them, and else of the mirror", async () => {
  const [registry, mirror] = [await openRegistry(), await openRegistry()];
  try {
    const api = `${registry.registry}/team/api:1`;
    const web = `${registry.registry}/team/web:1`;
    const found = registry.push("team/api:1", [platform]);
    const mirrored = mirror.push("team/web:1", [platform, "linux/arm64"]);
    const wanted = [
      { names: [api], logins: {} },
      { names: [api, web], mirror: mirror.registry, logins: {} },
    ];
    const args = { locked: new Map([[api, found]]), platform, progress: silent };
    assert.deepEqual(
      await resolveAll(wanted, args),
      new Map([
        [api, found],
        [web, mirrored],
      ]),
    );
    // One that stays is a HEAD and no more.
    assert.deepEqual(
      registry.requests.filter((request) => request.includes("/api/")),
      ["HEAD /v2/team/api/manifests/1"],
    );
    registry.push("team/api:1", [platform], { moved: true });
    const kept = await resolveAll(wanted, { ...args, keep: true });
    assert.equal(kept.get(api), found);
    assert.equal(kept.get(web), mirrored);
    assert.notEqual((await resolveAll(wanted, args)).get(api), found);
  } finally {
    await Promise.all([registry.close(), mirror.close()]);
  }
});

test("all that can't be locked is told at once", async () => {
  const registry = await openRegistry();
  try {
    const [one, two] = [`${registry.registry}/one:1`, `${registry.registry}/two:1`];
    registry.push("two:1", ["linux/arm64"]);
    await assert.rejects(
      resolveAll([{ names: [one, two], logins: {} }], { locked: new Map(), platform, progress: silent }),
      {
        problems: [
          `images: "${one}" must have a digest, ${registry.registry} must have one:1, got status 404`,
          `images: "${two}" must have a digest, two:1 must be for linux/amd64, got linux/arm64`,
        ],
      },
    );
  } finally {
    await registry.close();
  }
});
