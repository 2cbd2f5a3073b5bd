import { describe, expect, it } from "vitest";
import { Refusal } from "../../../../cli/refusal.ts";
import type { History } from "../../../../cli/rollback/history.ts";
import { changedBetween, chosenRelease, imagesIn, releasesIn } from "../../../../cli/rollback/releases.ts";
import { releaseTable, rollbackText } from "../../../../cli/rollback/text.ts";
import { containerType, type Checkpoint } from "../../../../cli/state/checkpoint.ts";

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
  return { runs, whole };
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
    expect(numbers(releasesIn({ runs: runs.slice(1), whole: false }, isApplication))).toEqual([3, 6]);
  });

  it("leave out a run after which no application was there, such as one of a stack that was destroyed", () => {
    const { runs } = history("ab");
    const empty = { number: 3, ended: day(3), checkpoint: state({ postgres: "sha256:p" }) };
    expect(numbers(releasesIn({ runs: [...runs, empty], whole: true }, isApplication))).toEqual([1, 2]);
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

  it("differ in applications that both have", () => {
    expect(changedBetween({ a: "1", b: "1", gone: "1" }, { a: "1", b: "2", more: "2" })).toEqual(["b"]);
  });
});

describe("the release to go back to", () => {
  it("is the one before what runs, and after a way back the one before that", () => {
    expect(chosenRelease(releases("abc"), api("c")).number).toBe(2);
    expect(chosenRelease(releases("abcb"), api("b")).number).toBe(1);
  });

  it("is the last that went well where what runs now is a run that failed", () => {
    expect(chosenRelease(releases("ab"), api("broken")).number).toBe(2);
  });

  it("is the one of the number that was given", () => {
    expect(chosenRelease(releases("abc"), api("c"), "1").number).toBe(1);
  });

  const refused: [string, () => unknown, string][] = [
    [
      "there is none before",
      () => chosenRelease(releases("a"), api("a")),
      "rollback: must have a release before the one that runs, got none; berth rollback --list says which there are",
    ],
    [
      "no release has the number",
      () => chosenRelease(releases("aab"), api("b"), "2"),
      'rollback: must be one of 1, 3, got "2"',
    ],
    ["nothing is on record", () => chosenRelease([], {}, "2"), 'rollback: must be one of none, got "2"'],
    [
      "it runs already",
      () => chosenRelease(releases("ab"), api("b"), "2"),
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
  const listed = releasesIn({ runs, whole: true }, isApplication).map((release, index, all) => ({
    ...release,
    before: all[index - 1]?.images ?? {},
    gone: index === 0 ? ["api"] : [],
  }));
  expect(releaseTable(listed, { api: "sha256:c" })).toEqual([
    "release  since                        new images",
    "      3  2026-11-03 10:02  runs       api c",
    "      2  2026-11-02 10:02             api b, worker w",
    "      1  2026-11-01 10:02  gone: api  api a",
  ]);
  expect(releaseTable([], {})).toEqual(["no release is on record"]);
});

it("the question before it says that no migration is undone", () => {
  const [release] = releases("a");
  expect(release && rollbackText(release, ["api", "worker"])).toBe(
    "gives api, worker the image of release 1, 2026-11-01 10:02; nothing undoes a migration, so it meets the database as that is now",
  );
});
