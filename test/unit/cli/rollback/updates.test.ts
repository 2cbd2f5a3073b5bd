import { expect, it } from "vitest";
import { digestsAmong, releasesInUpdates } from "../../../../cli/rollback/updates.ts";

const isApplication = (service: string) => service !== "postgres";
const digest = (letter: string) => `registry.example/api@sha256:${letter.repeat(64)}`;

/** A run as `pulumi stack history --json` prints it. */
function update(images: object | string | undefined, change: object = {}) {
  const value = typeof images === "string" ? images : JSON.stringify(images);
  return {
    kind: "update",
    result: "succeeded",
    endTime: "2026-11-27T03:44:34.000Z",
    config: images === undefined ? {} : { "berth:images": { value, secret: false } },
    ...change,
  };
}

/** Of runs, oldest first, as they are printed newest first. */
function found(...updates: object[]) {
  const { releases } = releasesInUpdates(JSON.stringify(updates.toReversed()), isApplication);
  return releases.map(({ number, images }) => [number, images]);
}

it("a release begins with a run whose config names another digest", () => {
  const [a, b] = [{ api: digest("a") }, { api: digest("b") }];
  expect(found(update(a), update(a), update(b), update(a))).toEqual([
    [1, a],
    [3, b],
    [4, a],
  ]);
  const { releases } = releasesInUpdates(JSON.stringify([update(a)]), isApplication);
  expect(releases[0]?.began).toEqual(new Date("2026-11-27T03:44:34Z"));
});

it("other runs count and are none: failed, refreshed, without an image by digest, or with encrypted ones", () => {
  const a = { api: digest("a") };
  const runs = [
    update(undefined),
    update({ api: "registry.example/api:2" }),
    update(a, { result: "failed" }),
    update(a, { kind: "refresh" }),
    update(undefined, { config: { "berth:images": { secret: true } } }),
    update(a),
  ];
  expect(found(...runs)).toEqual([[6, a]]);
  expect(found()).toEqual([]);
});

it("one digest is one release under every name, and whether the newest run failed is said", () => {
  const [one, other] = [digest("a"), digest("a").replace("/api@", "/api:1.0@")];
  expect(found(update({ api: one }), update({ api: other }))).toEqual([[1, { api: other }]]);
  const failed = (...updates: object[]) =>
    releasesInUpdates(JSON.stringify(updates.toReversed()), isApplication).failed;
  const bad = update({ api: digest("b") }, { result: "failed" });
  expect(failed(update({ api: one }), bad, update(undefined, { kind: "refresh" }))).toBe(true);
  expect(failed(bad, update({ api: one }))).toBe(false);
  expect(failed()).toBe(false);
});

it("of images only those of applications by digest say what ran", () => {
  const images = {
    api: digest("a"),
    web: "registry.example/web:2",
    beat: { build: "../beat" },
    postgres: digest("c"),
  };
  expect(digestsAmong(images, isApplication)).toEqual({ api: digest("a") });
  expect(digestsAmong(undefined, isApplication)).toEqual({});
});
