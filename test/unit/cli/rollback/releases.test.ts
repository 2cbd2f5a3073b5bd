import { describe, expect, it } from "vitest";
import { Refusal } from "../../../../cli/refusal.ts";
import type { History } from "../../../../cli/rollback/history.ts";
import {
  changedBetween,
  chosenRelease,
  imagesFor,
  imagesIn,
  previousRelease,
  releasesIn,
  type Images,
} from "../../../../cli/rollback/releases.ts";
import { releaseTable, rollbackText } from "../../../../cli/rollback/text.ts";
import { containerType, serviceType, type Checkpoint } from "../../../../cli/state/checkpoint.ts";

const isApplication = (service: string) => service !== "postgres";

function container(service: string, image: unknown, more: object = {}) {
  const labels = [
    { label: "berth.role", value: "service" },
    { label: "berth.service", value: service },
  ];
  return { urn: `…::${service}-1`, type: containerType, id: service, inputs: { image, labels }, ...more };
}

function state(images: Record<string, string>): Checkpoint {
  const resources = Object.entries(images).map(([name, id]) => container(name, id));
  return { resources } as unknown as Checkpoint;
}

const day = (number: number) => new Date(Date.UTC(2026, 10, number, 10, 2));

/** Runs 1, 2, … with these images of api, one letter a run. */
function history(letters: string, whole = true): History {
  const runs = Array.from(letters, (letter, index) => ({
    number: index + 1,
    ended: day(index + 1),
    checkpoint: state({ api: `sha256:${letter}`, postgres: `sha256:p${index}` }),
  }));
  return { runs, whole, failed: false };
}

const numbers = (found: { number: number }[]) => found.map(({ number }) => number);
const releases = (letters: string) => releasesIn(history(letters), isApplication);
const api = (letter: string) => ({ api: `sha256:${letter}` });

describe("releases", () => {
  it("are told apart by the images of applications, and no other run is one", () => {
    expect(numbers(releases("aabbbc"))).toEqual([1, 3, 6]);
    expect(numbers(releases("abba"))).toEqual([1, 2, 4]);
    expect(releases("ab")[1]).toEqual({ number: 2, began: day(2), images: api("b") });
  });

  it("keep their numbers where older runs weren't read: the first may have begun before", () => {
    const { runs } = history("aabbbc");
    expect(numbers(releasesIn({ runs: runs.slice(1), whole: false, failed: false }, isApplication))).toEqual([
      3, 6,
    ]);
    expect(numbers(releasesIn(history("aa", false), isApplication))).toEqual([1]);
  });

  it("leave out a run after which no application was there, such as one of a stack that was destroyed", () => {
    const { runs } = history("ab");
    const empty = { number: 3, ended: day(3), checkpoint: state({ postgres: "sha256:p" }) };
    expect(
      numbers(releasesIn({ runs: [...runs, empty], whole: true, failed: false }, isApplication)),
    ).toEqual([1, 2]);
  });

  it("are of what the state has serving: nothing that goes, no job, no image that is encrypted", () => {
    const job = container("api", "sha256:job");
    job.inputs.labels = [{ label: "berth.role", value: "job" }];
    const resources = [
      container("api", "sha256:new"),
      container("api", "sha256:old", { delete: true }),
      container("worker", { sealed: "…" }),
      job,
    ];
    expect(imagesIn({ resources } as unknown as Checkpoint, isApplication)).toEqual({ api: "sha256:new" });
  });

  it("are of a swarm's services too, each with one image for all its containers", () => {
    const { inputs } = container("api", "");
    const spread = (image: unknown) => ({
      ...{ urn: "…::api", type: serviceType, id: "s1" },
      inputs: { ...inputs, image: undefined, taskSpec: { containerSpec: { image } } },
    });
    const images = (...resources: object[]) =>
      imagesIn({ resources } as unknown as Checkpoint, isApplication);
    expect(images(spread("sha256:new"), container("postgres", "sha256:p"))).toEqual({ api: "sha256:new" });
    expect(images({ ...spread("sha256:new"), delete: true })).toEqual({});
    expect(images(spread({ sealed: "…" }))).toEqual({});
  });

  it("are of images, not of a folder of a person's that a container runs in development", () => {
    const mounts = [{ type: "bind", source: "/home/p/web", target: "/app/src", readOnly: true }];
    const web = container("web", "sha256:tools");
    const resources = [
      { ...web, inputs: { ...web.inputs, mounts } },
      {
        ...container("api", "sha256:a"),
        inputs: { ...container("api", "sha256:a").inputs, mounts: [{ ...mounts[0], readOnly: false }] },
      },
    ];
    expect(imagesIn({ resources } as unknown as Checkpoint, isApplication)).toEqual(api("a"));
  });

  it("keep what came without another image, and what was away for a while", () => {
    const images: Record<string, string>[] = [
      { api: "a" },
      { api: "a", worker: "1" },
      { api: "a" },
      { api: "a", worker: "2" },
    ];
    const runs = images.map((one, index) => ({
      number: index + 1,
      ended: day(index + 1),
      checkpoint: state(one),
    }));
    const found = releasesIn({ runs, whole: true, failed: false }, isApplication);
    expect(found.map(({ number, images: given }) => [number, given])).toEqual([
      [1, { api: "a", worker: "1" }],
      [4, { api: "a", worker: "2" }],
    ]);
  });

  it("differ in applications that both have", () => {
    expect(changedBetween({ a: "1", b: "1", gone: "1" }, { a: "1", b: "2", more: "2" })).toEqual(["b"]);
  });

  it("are the same image by one digest under every name", () => {
    const [one, other] = ["ghcr.io/x/api:1.0@sha256:a", "mirror.example/api@sha256:a"];
    expect(changedBetween({ api: one }, { api: other })).toEqual([]);
    expect(changedBetween({ api: one }, { api: "ghcr.io/x/api:1.0@sha256:b" })).toEqual(["api"]);
  });
});

/** The number of the release that is chosen of runs with these images of api. */
function chosen(
  letters: string,
  now: Images,
  { wanted = undefined as string | undefined, failed = false } = {},
) {
  return chosenRelease({ releases: letters === "" ? [] : releases(letters), now, failed }, wanted).number;
}

describe("the release to go back to", () => {
  it("is the one before what runs, and after a way back the one before that", () => {
    expect(chosen("abc", api("c"))).toBe(2);
    expect(chosen("abcb", api("b"))).toBe(1);
  });

  it("is further back after a way back taken with an application that is new, or gone", () => {
    expect(chosen("abcb", { ...api("b"), worker: "sha256:w" })).toBe(1);
    const runs = history("abcb").runs.map((run, index) =>
      index < 3
        ? { ...run, checkpoint: state({ api: `sha256:${"abc"[index] ?? ""}`, old: "sha256:o" }) }
        : run,
    );
    const all = releasesIn({ runs, whole: true, failed: false }, isApplication);
    expect(chosenRelease({ releases: all, now: api("b"), failed: false }).number).toBe(1);
  });

  it("takes no release of other applications for what runs", () => {
    const other = { number: 1, began: day(1), images: { old: "sha256:o" } };
    const all = [other, ...releases("ab").map((release) => ({ ...release, number: release.number + 1 }))];
    expect(chosenRelease({ releases: all, now: api("b"), failed: false }).number).toBe(2);
  });

  it("is the last that went well where what runs now is a run that failed, whatever came of it", () => {
    expect(chosen("ab", api("broken"))).toBe(2);
    for (const now of ["b", "broken", "a"]) expect(chosen("ab", api(now), { failed: true })).toBe(2);
    expect(chosen("ab", api("b"), { failed: true, wanted: "2" })).toBe(2);
  });

  it("gives what differs, and after a run that failed all that it ran and settings still have", () => {
    const release = { number: 1, began: day(1), images: { api: "a", worker: "w", old: "o" } };
    const record = { releases: [release], now: { api: "b", worker: "w" } };
    const services = ["api", "worker", "new"];
    expect(imagesFor({ ...record, failed: false }, release, services)).toEqual({ api: "a" });
    expect(imagesFor({ ...record, failed: true }, release, services)).toEqual({ api: "a", worker: "w" });
  });

  it("is the one of the number that was given", () => {
    expect(chosen("abc", api("c"), { wanted: "1" })).toBe(1);
  });

  const refused: [string, () => unknown, string][] = [
    [
      "there is none before",
      () => chosen("a", api("a")),
      "rollback: must have a release before the one that runs, got none; berth rollback --list says which there are",
    ],
    [
      "no release has the number",
      () => chosen("aab", api("b"), { wanted: "2" }),
      'rollback: must be one of 1, 3, got "2"',
    ],
    ["nothing is on record", () => chosen("", {}, { wanted: "2" }), 'rollback: must be one of none, got "2"'],
    [
      "it runs already",
      () => chosen("ab", api("b"), { wanted: "2" }),
      "rollback: must be a release with another image than what runs, got 2",
    ],
  ];
  it.each(refused)("is refused where %s", (_, choose, message) => {
    expect(choose).toThrow(new Refusal([message]));
  });
});

it("the list is the newest first, with what each gave which applications and what is gone", () => {
  const runs = history("abc").runs.map((run, index) =>
    index === 1 ? { ...run, checkpoint: state({ api: "sha256:b", worker: "sha256:w" }) } : run,
  );
  const listed = releasesIn({ runs, whole: true, failed: false }, isApplication).map(
    (release, index, all) => ({
      ...release,
      before: all[index - 1]?.images ?? {},
      gone: index === 0 ? ["api"] : [],
    }),
  );
  const now = { api: "sha256:c" };
  const next = previousRelease({ releases: listed, now, failed: false });
  expect(releaseTable(listed, now, next)).toEqual([
    "release  since                        new images",
    "      3  2026-11-03 10:02  runs       api c",
    "      2  2026-11-02 10:02  next       api b, worker w",
    "      1  2026-11-01 10:02  gone: api  api a",
  ]);
  expect(releaseTable(listed, { api: "sha256:b" }, listed[0])[3]).toMatch(/gone: api, next +api a$/);
  expect(releaseTable([], {})).toEqual(["no release is on record"]);
});

it("the question before it says that no migration is undone", () => {
  const [release] = releases("a");
  expect(release && rollbackText(release, ["api", "worker"])).toBe(
    "gives api, worker the image of release 1, 2026-11-01 10:02; nothing undoes a migration, so it meets the database as that is now",
  );
  expect(release && rollbackText(release, [])).toMatch(/^goes on with release 1, 2026-11-01 10:02; /);
});
