import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type Docker from "dockerode";
import type { ImageInfo } from "dockerode";
import { afterEach, beforeEach, describe, it } from "vitest";
import { historyIn } from "../../../cli/prune/find.ts";
import { runsOf, stacksIn, type PastRun } from "../../../cli/prune/history.ts";
import { neededFor, oldImages } from "../../../cli/prune/images.ts";
import { removeImage } from "../../../cli/prune/remove.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { containerType } from "../../../cli/state/checkpoint.ts";
import { pruneTable, pruneText, releasesIn } from "../../../cli/verbs/prune.ts";

const day = 86_400_000;
const began = Date.parse("2026-11-01");

/** A run a day; each is named by what its services ran, such as `api:1 db:1`, and with `!` where it failed. */
function past(...texts: string[]): PastRun[] {
  return texts.map((text, index) => {
    const images = new Map<string, string[]>();
    for (const pair of text.replace("!", "").split(" ").filter(Boolean)) {
      const [service = ""] = pair.split(":");
      images.set(pair, [service]);
    }
    return { time: new Date(began + index * day), whole: !text.includes("!"), images };
  });
}

describe("what a way back takes", () => {
  const needed = (runs: PastRun[], releases: number) => [...neededFor(runs, releases)].sort();
  const four = past("api:1", "api:2", "api:3", "api:4");

  it("is the newest release and so many before it", () => {
    assert.deepEqual(needed(four, 0), ["api:4"]);
    assert.deepEqual(needed(four, 2), ["api:2", "api:3", "api:4"]);
    assert.deepEqual(needed(four, 9), ["api:1", "api:2", "api:3", "api:4"]);
    assert.deepEqual(needed([], 3), []);
  });

  it("counts what was run, not how often, and no run that failed or left nothing", () => {
    assert.deepEqual(needed(past("api:1", "api:2", "api:2", "", "api:2"), 1), ["api:1", "api:2"]);
    assert.deepEqual(needed(past("api:1", "api:2", "api:1", "api:2"), 1), ["api:1", "api:2"]);
    assert.deepEqual(needed(past("api:1", "api:2", "!api:bad", "api:3"), 1), ["api:2", "api:3"]);
  });

  it("is whatever the last run left, though it failed", () => {
    assert.deepEqual(needed(past("api:1", "api:2", "!api:2 api:3"), 0), ["api:2", "api:3"]);
  });
});

describe("old images", () => {
  const image = (Id: string, ...RepoTags: string[]) =>
    ({ Id, RepoTags, RepoDigests: null, Size: 100 * 1024 * 1024 }) as unknown as ImageInfo;
  const runs = past("api:1 db:1", "api:2 db:1", "api:3 db:1");
  const old = (images: ImageInfo[], { used = "", wanted = "" } = {}) =>
    oldImages(
      runs,
      { images, containers: used === "" ? [] : [{ ImageID: used }] },
      neededFor(runs, 0),
      new Set([wanted]),
    );

  it("are what the history shows to be the stack's own, the oldest first, and nothing else", () => {
    const images = [
      image("api:2", "api:two"),
      image("api:1", "<none>:<none>"),
      image("api:3"),
      image("db:1"),
      image("x:1", "x:1"),
    ];
    assert.deepEqual(old(images), [
      { id: "api:1", image: "api:1", services: ["api"], last: new Date(began), bytes: 104_857_600 },
      { id: "api:2", image: "api:two", services: ["api"], last: new Date(began + day), bytes: 104_857_600 },
    ]);
  });

  it("are none that a container uses, whoever's it is, or that settings name", () => {
    const images = [image("api:1", "api:one"), image("api:2", "api:two")];
    const left = (more: { used?: string; wanted?: string }) => old(images, more).map(({ id }) => id);
    assert.deepEqual(left({ used: "api:1" }), ["api:2"]);
    assert.deepEqual(left({ wanted: "api:two" }), ["api:1"]);
  });

  it("are listed for people, with what they take at most", () => {
    const found = old([image("api:1", "registry.example/acme/api:one")]).map((one) => ({
      ...one,
      machine: "web-1",
    }));
    assert.deepEqual(pruneTable(found), [
      "image    services  last run    size  machine",
      "api:one  api       2026-11-01  100M  web-1",
    ]);
    assert.equal(pruneText("prod", found), "removes 1 image of stack prod, 100M at most");
  });
});

describe("the history of a state in a folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "berth-history-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const place = (stack: string) => join(folder, ".pulumi/history/berth", stack);
  const container = (image: string, service: string, stack = "prod") => ({
    urn: `urn:pulumi:prod::berth::${containerType}::${service}`,
    type: containerType,
    inputs: {
      image,
      labels: Object.entries({ "berth.stack": stack, "berth.service": service }).map(([label, value]) => ({
        label,
        value,
      })),
    },
    outputs: { image },
  });
  const write = (time: number, entry: object, resources: object[], zip = false): void => {
    mkdirSync(place("prod"), { recursive: true });
    const files = { history: entry, checkpoint: { version: 3, checkpoint: { latest: { resources } } } };
    for (const [name, content] of Object.entries(files)) {
      const text = JSON.stringify(content);
      const file = join(place("prod"), `prod-${time}000000.${name}.json`);
      writeFileSync(zip ? `${file}.gz` : file, zip ? gzipSync(text) : text);
    }
  };
  const succeeded = { kind: "update", result: "succeeded" };

  it("says of each run what its containers ran, the oldest first", async () => {
    write(began + day, { kind: "update", result: "failed" }, [container("sha256:2", "api")], true);
    write(began, succeeded, [
      container("sha256:1", "worker"),
      container("sha256:1", "api"),
      container("sha256:9", "api", "other"),
      { ...container("sha256:8", "api"), type: "docker:index/volume:Volume" },
    ]);
    write(began + 2 * day, { kind: "destroy", result: "succeeded" }, []);
    writeFileSync(join(place("prod"), `prod-${began}000000.checkpoint.json.attrs`), "{}");
    assert.deepEqual(await runsOf(folder, "prod"), [
      { time: new Date(began), whole: true, images: new Map([["sha256:1", ["api", "worker"]]]) },
      { time: new Date(began + day), whole: false, images: new Map([["sha256:2", ["api"]]]) },
      { time: new Date(began + 2 * day), whole: false, images: new Map() },
    ]);
    assert.deepEqual(await stacksIn(folder), ["prod"]);
  });

  it("is none where the stack never ran", async () => {
    assert.deepEqual([await runsOf(folder, "prod"), await stacksIn(folder)], [[], []]);
  });

  it("is refused as a whole where a part can't be read", async () => {
    write(began, succeeded, []);
    const file = join(place("prod"), `prod-${began}000000.checkpoint.json`);
    writeFileSync(file, "{}");
    await assert.rejects(
      runsOf(folder, "prod"),
      new Refusal([
        `prune: must be a history that can be read, got ${file}: neither a checkpoint nor a deployment`,
      ]),
    );
  });

  it("isn't there in a bucket", () => {
    assert.equal(historyIn(`file://${folder}`), folder);
    assert.throws(
      () => historyIn("s3://acme-state?region=eu-central-1"),
      new Refusal([
        'prune: must be a stack whose state is in a folder, where its history says which images are its own, got "s3://acme-state"; docker image prune --all removes what no container uses',
      ]),
    );
  });
});

describe("prune", () => {
  it("takes a whole number of releases", () => {
    assert.deepEqual([releasesIn("0"), releasesIn("12")], [0, 12]);
    for (const wrong of ["-1", "1.5", "all", "", "1000"])
      assert.throws(
        () => releasesIn(wrong),
        new Refusal([`--keep: must be a whole number of releases from 0 to 999, got "${wrong}"`]),
      );
  });

  it("removes without force, keeps what the engine keeps, and is content with what is gone", async () => {
    const asked: unknown[] = [];
    const docker = (statusCode?: number): Docker =>
      ({
        getImage: (id: string) => ({
          remove: (...options: unknown[]) => {
            asked.push([id, ...options]);
            return statusCode === undefined
              ? Promise.resolve()
              : Promise.reject(Object.assign(new Error("the reason"), { statusCode }));
          },
        }),
      }) as unknown as Docker;
    assert.equal(await removeImage(docker(), "sha256:1"), "");
    assert.equal(await removeImage(docker(404), "sha256:1"), "");
    assert.equal(await removeImage(docker(409), "sha256:1"), "the reason");
    await assert.rejects(removeImage(docker(500), "sha256:1"), { message: "the reason" });
    assert.deepEqual(asked, Array(4).fill(["sha256:1"]));
  });
});
