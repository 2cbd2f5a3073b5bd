import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type Docker from "dockerode";
import type { ImageInfo } from "dockerode";
import { afterEach, beforeEach, describe, it } from "vitest";
import { historyIn, imagesOfServices } from "../../../cli/prune/find.ts";
import { runsOf, type PastRun, type Ran } from "../../../cli/prune/history.ts";
import { neededFor, oldImages } from "../../../cli/prune/images.ts";
import { namedBy, namedImages } from "../../../cli/prune/named.ts";
import { removeImage } from "../../../cli/prune/remove.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { recordedStacks } from "../../../cli/rollback/history.ts";
import { chosenRelease, isSame, releasesIn } from "../../../cli/rollback/releases.ts";
import { containerType, serviceType, type Checkpoint } from "../../../cli/state/checkpoint.ts";
import { parseSettings } from "../../../settings.ts";
import { defineSystem, proxy, web } from "../../../systems/define.ts";
import { pruneLines, pruneText, releasesKept } from "../../../cli/verbs/prune.ts";

const day = 86_400_000;
const began = Date.parse("2026-11-01");

/** `api:1 db:1`: each image is named after the one service that runs it. */
function ranBy(text: string): Ran[] {
  return text
    .split(" ")
    .filter(Boolean)
    .map((image) => {
      const [service = ""] = image.split(":");
      return { container: `${service}-1`, service, image };
    });
}

/** A run a day, with `!` where it failed. */
function past(...texts: string[]): PastRun[] {
  return texts.map((text, index) => ({
    ended: new Date(began + index * day),
    well: !text.includes("!"),
    ran: ranBy(text.replace("!", "")),
  }));
}

const needed = (runs: PastRun[], releases: number, now = runs.at(-1)?.ran ?? []) =>
  [...neededFor(runs, now, releases)].sort();

describe("what a way back takes", () => {
  const four = past("api:1", "api:2", "api:3", "api:4");

  it("is what runs and so many images before it", () => {
    assert.deepEqual(needed(four, 0), ["api:4"]);
    assert.deepEqual(needed(four, 2), ["api:2", "api:3", "api:4"]);
    assert.deepEqual(needed(four, 9), ["api:1", "api:2", "api:3", "api:4"]);
    assert.deepEqual(needed([], 3), []);
  });

  it("counts what was run, not how often, and no run that failed or left nothing", () => {
    assert.deepEqual(needed(past("api:1", "api:2", "api:2", "", "api:2"), 1), ["api:1", "api:2"]);
    assert.deepEqual(needed(past("api:1", "api:2", "!api:bad", "api:3"), 1), ["api:2", "api:3"]);
    assert.deepEqual(needed(past("api:0", "api:1", "api:2", "api:1", "api:3"), 2), [
      "api:1",
      "api:2",
      "api:3",
    ]);
  });

  it("is of each service, though the others changed meanwhile", () => {
    const runs = past("api:1 web:1", "api:1 web:2", "api:1 web:3", "api:2 web:3");
    assert.deepEqual(needed(runs, 1), ["api:1", "api:2", "web:2", "web:3"]);
  });

  it("is whatever the last run left, though it failed, and the release before that", () => {
    assert.deepEqual(needed(past("api:1", "api:2", "!api:2 web:3"), 0), ["api:2", "web:3"]);
    assert.deepEqual(needed(past("api:1", "api:2", "!api:3"), 0), ["api:2", "api:3"]);
  });

  it("is what the state has, though its run was killed before the engine wrote it down", () => {
    assert.deepEqual(needed(past("api:1", "api:2"), 0, ranBy("api:3")), ["api:2", "api:3"]);
  });

  it("stays after a destroy, as of what was there last", () => {
    assert.deepEqual(needed(past("api:1", "api:2", "api:3", "!"), 1), ["api:2", "api:3"]);
  });

  it("leads on from where a way back has led, and back to what was left", () => {
    const runs = past("api:1", "api:2", "api:3", "api:4", "api:2");
    assert.deepEqual(needed(runs, 1), ["api:1", "api:2", "api:3", "api:4"]);
    assert.deepEqual(needed(runs, 0), ["api:2", "api:3", "api:4"]);
  });

  it("is all of the releases that berth rollback has, from so many before what runs on", () => {
    // Each of two services has one of three images after each of five runs, by the digits of a number.
    let compared = 0;
    for (let number = 0; number < 9 ** 5; number += 31) {
      const digits = Array.from(number.toString(9).padStart(5, "0"), Number);
      const runs = past(...digits.map((digit) => `api:${Math.floor(digit / 3)} web:${digit % 3}`));
      const releases = releasesIn({ runs: runs.map(asRun), whole: true, failed: false }, () => true);
      const now = releases.at(-1)?.images ?? {};
      const first = releases.findIndex(({ images }) => isSame(images, now));
      const before = releases.slice(0, first).toReversed();
      const others = before.filter(
        ({ images }, index) => !before.slice(0, index).some((later) => isSame(later.images, images)),
      );
      for (const keep of [0, 1, 2]) {
        const kept = new Set(needed(runs, keep));
        for (const { images } of [...releases.slice(first), ...others.slice(0, keep)])
          for (const image of Object.values(images)) assert.ok(kept.has(image), `${digits.join()}: ${image}`);
        const chosen = (failed: boolean) => chosenRelease({ releases, now, failed }).images;
        if (keep > 0 && first > 0)
          for (const image of Object.values(chosen(false))) assert.ok(kept.has(image));
        // After a run that failed the way back is to the last that went well, however little is kept.
        for (const image of Object.values(chosen(true))) assert.ok(kept.has(image));
        compared += others.slice(0, keep).length;
      }
    }
    assert.ok(compared > 4000, `${compared} releases before what runs`);
  });
});

/** The same run as rollback reads it. */
function asRun({ ended, ran }: PastRun, index: number) {
  const resources = ran.map(({ service, image }) => ({
    urn: service,
    type: containerType,
    inputs: {
      image,
      labels: [
        { label: "berth.role", value: "service" },
        { label: "berth.service", value: service },
      ],
    },
  }));
  return { number: index + 1, ended, checkpoint: { resources } as unknown as Checkpoint };
}

describe("old images", () => {
  const image = (Id: string, ...names: string[]) =>
    ({
      Id,
      RepoTags: names.filter((name) => !name.includes("@")),
      RepoDigests: names.some((name) => name.includes("@"))
        ? names.filter((name) => name.includes("@"))
        : null,
      Size: 100 * 1024 * 1024,
    }) as unknown as ImageInfo;
  const runs = past("api:1 db:1", "api:2 db:1", "api:3 db:1");
  const nothing = namedBy([], new Map());
  const old = (images: ImageInfo[], { used = "", named = nothing, spread = new Set<string>() } = {}) =>
    oldImages(
      runs,
      { images, containers: used === "" ? [] : [{ ImageID: used }], spread },
      neededFor(runs, runs.at(-1)?.ran ?? [], 0),
      named,
    );

  it("are none that a swarm's service runs or goes back to, by its id or its name, on whichever machine", () => {
    const specOf = (Image: string) => ({ TaskTemplate: { ContainerSpec: { Image } } });
    const images = [image("api:1", "acme/api:1"), image("api:2")];
    const left = (...services: object[]) =>
      old(images, { spread: imagesOfServices(services as never) }).map(({ id }) => id);
    assert.deepEqual(left(), ["api:1", "api:2"]);
    assert.deepEqual(left({ Spec: specOf("api:3"), PreviousSpec: specOf("api:2") }), ["api:1"]);
    assert.deepEqual(left({ Spec: specOf("acme/api:1") }, {}), ["api:2"]);
  });

  it("are what the history shows to be the stack's own, the oldest first, and nothing else", () => {
    const images = [
      image("api:2", "api:two"),
      image("api:1", "<none>:<none>"),
      image("api:3"),
      image("db:1"),
      image("x:1", "x:1"),
    ];
    const bytes = 104_857_600;
    assert.deepEqual(old(images), [
      { id: "api:1", names: [], services: ["api"], last: new Date(began), bytes },
      { id: "api:2", names: ["api:two"], services: ["api"], last: new Date(began + day), bytes },
    ]);
  });

  const left = (images: ImageInfo[], more: Parameters<typeof old>[1]) =>
    old(images, more).map(({ id }) => id);

  it("are none that a container uses, whoever's it is", () => {
    const images = [image("api:1", "api:one"), image("api:2", "api:two")];
    assert.deepEqual(left(images, { used: "api:1" }), ["api:2"]);
  });

  it("are none that files name, by whichever of its names, with a lock or without", () => {
    const digest = `sha256:${"1a".repeat(32)}`;
    const pinned = "berth-release/api:0123456789ab";
    const images = [
      image("api:1", "docker.io/acme/api:one", "acme/api:1"),
      image("api:2", `mirror.example/acme/api@${digest}`, pinned),
    ];
    const locked = (reference: string) => namedBy([], new Map([[reference, digest]]));
    assert.deepEqual(left(images, { named: namedBy(["docker.io/acme/api:1"], new Map()) }), ["api:2"]);
    assert.deepEqual(left(images, { named: namedBy([pinned], new Map()) }), ["api:1"]);
    assert.deepEqual(left(images, { named: namedBy([`acme/api:2@${digest}`], new Map()) }), ["api:1"]);
    assert.deepEqual(left(images, { named: locked("acme/api:3") }), ["api:1"]);
    const byId = namedBy([`sha256:${"3c".repeat(32)}`], new Map());
    assert.deepEqual(
      oldImages(
        past(`sha256:${"3c".repeat(32)}`),
        { images: [image(`sha256:${"3c".repeat(32)}`)], containers: [] },
        new Set(),
        byId,
      ),
      [],
    );
    assert.deepEqual(left(images, { named: locked("acme/api:one") }), []);
    const other = namedBy(["acme/api:3", "acme/web:1", `x@sha256:${"2b".repeat(32)}`], new Map());
    assert.deepEqual(left(images, { named: other }), ["api:1", "api:2"]);
  });

  it("are none that the system's own file names while settings have another image for it", async () => {
    const system = defineSystem({
      ...{ name: "mine", network: "mine" },
      services: {
        proxy: proxy({ cpus: 1, memory: 64, public: { routes: [{ path: "/", to: "api" }] } }),
        api: web({ cpus: 1, memory: 64, port: 80, image: "acme/api:1", developmentImage: "acme/api:dev" }),
      },
      pages: { application: "/" },
    });
    const settings = parseSettings({ system: "./mine.ts", images: { api: "acme/api:2" } }, system);
    const named = await namedImages(settings);
    const tags = ["acme/api:1", "acme/api:dev", "acme/api:2"];
    assert.deepEqual(
      tags.filter((tag) => !named.tags.has(tag)),
      [],
    );
  });

  it("are listed for people, with what they take at most", () => {
    const found = old([image("api:1", "registry.example/acme/api:one")]).map((one) => ({
      ...one,
      machine: "web-1",
    }));
    assert.deepEqual(pruneLines("prod", found), [
      "image                          services  last run    size  machine",
      "registry.example/acme/api:one  api       2026-11-01  100M  web-1",
    ]);
    assert.deepEqual(pruneLines("prod", []), ["stack prod has no old images"]);
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
    urn: `urn:pulumi:prod::berth::${containerType}::${service}-1`,
    type: containerType,
    inputs: {
      image,
      labels: Object.entries({ "berth.stack": stack, "berth.service": service }).map(([label, value]) => ({
        label,
        value,
      })),
    },
  });
  const spread = (image: string, service: string) => {
    const { inputs, ...rest } = container("", service);
    const taskSpec = { containerSpec: { image } };
    return { ...rest, type: serviceType, inputs: { labels: inputs.labels, taskSpec } };
  };
  const write = (time: number, entry: object, resources: object[], zip = false): void => {
    mkdirSync(place("prod"), { recursive: true });
    const latest = { resources };
    const files = {
      history: { ...entry, endTime: time / 1000 },
      checkpoint: { version: 3, checkpoint: { latest } },
    };
    for (const [name, content] of Object.entries(files)) {
      const text = JSON.stringify(content);
      const file = join(place("prod"), `prod-${time}000000.${name}.json`);
      writeFileSync(zip ? `${file}.gz` : file, zip ? gzipSync(text) : text);
    }
  };
  const succeeded = { kind: "update", result: "succeeded" };

  it("says of each run what its containers ran, the oldest first, whatever became of it", async () => {
    write(began + day, { kind: "update", result: "failed" }, [container("sha256:2", "api")], true);
    write(began, succeeded, [
      container("sha256:1", "worker"),
      container("sha256:9", "api", "other"),
      container("acme/api:1", "api"),
      { ...container("sha256:8", "api"), type: "docker:index/volume:Volume" },
      spread("sha256:5", "web"),
      spread("acme/web:1", "web"),
    ]);
    write(began + 2 * day, { kind: "destroy", result: "succeeded" }, []);
    assert.deepEqual(await runsOf(folder, "prod"), [
      {
        ended: new Date(began),
        well: true,
        ran: [
          { container: "worker-1", service: "worker", image: "sha256:1" },
          { container: "web-1", service: "web", image: "sha256:5" },
        ],
      },
      {
        ended: new Date(began + day),
        well: false,
        ran: [{ container: "api-1", service: "api", image: "sha256:2" }],
      },
      { ended: new Date(began + 2 * day), well: false, ran: [] },
    ]);
    assert.deepEqual(await recordedStacks(folder), ["prod"]);
  });

  it("is none where the stack never ran", async () => {
    assert.deepEqual([await runsOf(folder, "prod"), await recordedStacks(folder)], [[], []]);
  });

  it("is without what was cut off, which is nothing to go back to either", async () => {
    write(began, succeeded, [container("sha256:1", "api")]);
    write(began + day, succeeded, [container("sha256:2", "api")]);
    writeFileSync(join(place("prod"), `prod-${began}000000.checkpoint.json`), "{}");
    const runs = await runsOf(folder, "prod");
    assert.deepEqual(
      runs.map(({ ended }) => ended),
      [new Date(began + day)],
    );
  });

  it("is no reason to remove anything where it can't be listed", async () => {
    mkdirSync(join(folder, ".pulumi/history"), { recursive: true });
    writeFileSync(join(folder, ".pulumi/history/berth"), "");
    await assert.rejects(recordedStacks(folder), { code: "ENOTDIR" });
    await assert.rejects(runsOf(folder, "prod"), { code: "ENOTDIR" });
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
    assert.deepEqual([releasesKept("0"), releasesKept("12")], [0, 12]);
    for (const wrong of ["-1", "1.5", "all", "", "1000"])
      assert.throws(
        () => releasesKept(wrong),
        new Refusal([`--keep: must be a whole number of releases from 0 to 999, got "${wrong}"`]),
      );
  });

  /** An engine that answers each removal with a status, and the removals that it was asked for. */
  const engine = (status: Readonly<Record<string, number>> = {}) => {
    const requests: unknown[] = [];
    const docker = {
      getImage: (name: string) => ({
        tag: ({ repo, tag }: { repo: string; tag: string }) => {
          requests.push(["tag", name, `${repo}:${tag}`]);
          return Promise.resolve();
        },
        remove: (...options: unknown[]) => {
          requests.push([name, ...options]);
          const statusCode = status[name];
          return statusCode === undefined
            ? Promise.resolve()
            : Promise.reject(Object.assign(new Error("the reason"), { statusCode }));
        },
      }),
    } as unknown as Docker;
    return { docker, requests };
  };

  it("removes without force, keeps what the engine keeps, and is content with what is gone", async () => {
    const image = { id: "sha256:1", names: ["acme/api:1"] };
    const { docker, requests } = engine();
    assert.equal(await removeImage(docker, image), "");
    // Or what it was made of would go too where it has no name.
    assert.deepEqual(requests, [["sha256:1", { noprune: true }]]);
    assert.equal(await removeImage(engine({ "sha256:1": 404 }).docker, image), "");
    assert.equal(await removeImage(engine({ "sha256:1": 409 }).docker, image), "the reason");
    await assert.rejects(removeImage(engine({ "sha256:1": 500 }).docker, image), { message: "the reason" });
  });

  it("takes the names that a rollback gave away first, for a second name keeps an image", async () => {
    const pins = ["berth-release/api:0123456789ab", "berth-release/worker:0123456789ab"];
    const image = { id: "sha256:1", names: ["acme/api:1", ...pins] };
    const { docker, requests } = engine({ "sha256:1": 404 });
    assert.equal(await removeImage(docker, image), "");
    const noprune = { noprune: true };
    assert.deepEqual(requests, [
      [pins[0], noprune],
      [pins[1], noprune],
      ["sha256:1", noprune],
    ]);
    const other = engine({ "sha256:1": 409 });
    assert.equal(await removeImage(other.docker, image), "the reason");
    assert.deepEqual(other.requests.slice(3), [
      ["tag", "sha256:1", pins[0]],
      ["tag", "sha256:1", pins[1]],
    ]);
  });
});
