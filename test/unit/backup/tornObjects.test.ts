import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "vitest";
import { inScript } from "./shell.ts";

const volume = "/backup/volumes/minio-data";
const begun = "2026-11-30T01:00:00Z";

interface Kept {
  /** When the folder had last changed as it was listed. */
  folder: string;
  /** When xl.meta took its place. */
  meta: string;
  /** Folders beside it. */
  data?: string[];
}

/** As restic lists an object (https://restic.readthedocs.io/en/stable/075_scripting.html#ls). */
function lines(name: string, { folder, meta, data = [] }: Kept): string[] {
  const path = `${volume}/${name}`;
  const node = (type: string, place: string, times: object) =>
    JSON.stringify({
      name: place.split("/").at(-1),
      type,
      path: place,
      uid: 1000,
      ...times,
      message_type: "node",
    })
      .replaceAll("<", "\\u003c")
      .replaceAll(">", "\\u003e")
      .replaceAll("\u2028", "\\u2028");
  return [
    node("dir", path, { mtime: folder, ctime: folder }),
    ...data.flatMap((one) => [
      node("dir", `${path}/${one}`, { mtime: folder, ctime: folder }),
      node("file", `${path}/${one}/part.1`, { size: 9, mtime: folder, ctime: folder }),
    ]),
    node("file", `${path}/xl.meta`, { size: 9, mtime: meta, ctime: meta }),
  ];
}

const snapshot = JSON.stringify({ time: begun, paths: ["/backup/volumes"], message_type: "snapshot" });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-torn-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Of what restic lists, the objects that may be of two moments, and the folders that it has of them. */
async function torn(objects: Record<string, Kept>, before: string[] = []) {
  const listing = [snapshot, ...Object.entries(objects).flatMap(([name, kept]) => lines(name, kept))];
  await writeFile(join(folder, "listing"), `${listing.join("\n")}\n`);
  await writeFile(join(folder, "before"), before.map((path) => `1 9 0 0 ./minio-data/${path}\n`).join(""));
  const seconds = String(Date.parse(begun) / 1000);
  const { code, words, wrong } = await inScript(
    folder,
    `reading=$((${seconds} + 60)) store=minio-data volumes=/backup/volumes work=.`,
    "torn_objects <listing",
  );
  assert.equal(code, 0, wrong);
  return words.split("\n").filter((line) => line !== "");
}

test.each<[string, Kept, boolean]>([
  [
    "came whole long ago",
    { folder: "2026-11-01T00:00:00.4Z", meta: "2026-11-01T00:00:00.4Z", data: ["a"] },
    false,
  ],
  [
    "came whole meanwhile",
    { folder: "2026-11-30T01:00:07.120Z", meta: "2026-11-30T01:00:07.12Z", data: ["b"] },
    false,
  ],
  [
    "was overwritten after its list",
    { folder: "2026-11-30T01:00:07.12Z", meta: "2026-11-30T01:00:07.123Z", data: ["a"] },
    true,
  ],
  [
    "was overwritten after its list, on a whole second",
    { folder: "2026-11-30T01:00:07Z", meta: "2026-11-30T01:00:07.000000001Z", data: ["a"] },
    true,
  ],
  [
    "was copied here before",
    { folder: "2026-11-01T00:00:00Z", meta: "2026-11-29T00:00:00Z", data: ["a"] },
    false,
  ],
  ["lost its data to who deleted it", { folder: "2026-11-30T01:00:01Z", meta: "2026-11-01T00:00:00Z" }, true],
  ["holds its data itself", { folder: "2026-11-01T00:00:00Z", meta: "2026-11-01T00:00:00Z" }, false],
  [
    "holds its data itself, and had other long before",
    { folder: "2026-11-29T01:00:02Z", meta: "2026-11-29T01:00:01Z" },
    false,
  ],
  // Which of these it is nobody can tell by its folder.
  [
    "may have lost one of its versions",
    { folder: "2026-11-30T01:00:07.123Z", meta: "2026-11-30T01:00:07.12Z", data: ["b"] },
    true,
  ],
  [
    "holds its data itself, and had other until just now",
    { folder: "2026-11-30T01:00:02Z", meta: "2026-11-30T01:00:01Z" },
    true,
  ],
])("an object that %s", async (_, kept, expected) => {
  const data = (kept.data ?? []).map((one) => `data media/one/${one}`);
  assert.deepEqual(await torn({ "media/one": kept }), expected ? ["torn media/one", ...data] : []);
});

const whole = { folder: "2026-11-30T01:00:08Z", meta: "2026-11-30T01:00:08Z", data: ["a"] };
const cut = { folder: "2026-11-30T01:00:07Z", meta: "2026-11-30T01:00:08Z", data: ["a"] };

test("each by its own folder, whatever their names and however deep", async () => {
  const odd = ['a "type":"dir", <ü>', "C:\\temp\\new\\u003c", "tab\t", "\u0001 and \u2028"];
  assert.deepEqual(
    await torn({
      "media/whole": whole,
      "media/whole/below": cut,
      ...Object.fromEntries(odd.map((name) => [`media/${name}`, cut])),
      "media/other": whole,
    }),
    ["whole/below", ...odd].flatMap((name) => [`torn media/${name}`, `data media/${name}/a`]),
  );
});

test("one that had data before, which is gone by the time that it is read", async () => {
  const before = ["media/one/a/part.1", "media/one/a/part.2", "media/one/b/part.1", "media/two/a/part.1"];
  const old = { folder: "2026-11-01T00:00:00Z", meta: "2026-11-01T00:00:00Z", data: ["a"] };
  assert.deepEqual(await torn({ "media/one": old, "media/two": old }, before), [
    "torn media/one",
    "data media/one/a",
  ]);
});

test("no upload that is under way", async () => {
  assert.deepEqual(await torn({ ".minio.sys/multipart/1/2": cut, "media/one": cut }), [
    "torn media/one",
    "data media/one/a",
  ]);
});

/** Puts an object into the store as it is on the disk. */
async function put(name: string, data: Record<string, string>) {
  const object = join(folder, "volumes/minio-data", name);
  for (const [one, content] of Object.entries(data)) {
    await mkdir(join(object, one), { recursive: true });
    await writeFile(join(object, one, "part.1"), content);
  }
  await writeFile(join(object, "xl.meta"), Object.keys(data).join(" "));
}

/** What a restore has of objects that were read again, beside what volumes had, and what was said. */
async function readAgain(found: string[], meanwhile = "") {
  await writeFile(join(folder, "found"), `${found.join("\n")}\n`);
  // An archive of this tar ends as one of busybox.
  const stubs = `store=minio-data work=$state/work reason=$state/reason
    tar() { command tar -b 1 "$@"; }
    own_restic() { cat "$work/archive"; }
    part() { echo 1; }
    ${meanwhile}`;
  const words = `
    (whole_objects <found >"$work/archive")
    sed -n 's/^torn /object\tminio-data\t/p' found >"$work/manifest"
    mkdir -p restored
    lay_objects minio-data restored
    cd restored
    find . -type f | sort`;
  return inScript(folder, stubs, words);
}

test("has of each what its xl.meta names, without what volumes have, and nothing of one that is gone", async () => {
  await put("media/a one", { new: "fresh", old: "stale" });
  await put("media/a one/below", { other: "other" });
  const was = join(folder, "restored/media");
  await mkdir(join(was, "a one/old"), { recursive: true });
  await writeFile(join(was, "a one/old/part.1"), "stale");
  await writeFile(join(was, "a one/xl.meta"), "another moment");
  await mkdir(join(was, "gone/data"), { recursive: true });
  await writeFile(join(was, "gone/data/part.1"), "gone");
  await writeFile(join(was, "gone/xl.meta"), "data");
  const { words, wrong } = await readAgain([
    "torn media/a one",
    "data media/a one/old",
    "torn media/gone",
    "data media/gone/data",
  ]);
  assert.equal(wrong, "");
  assert.deepEqual(words.split("\n"), [
    "./media/a one/new/part.1",
    "./media/a one/old/part.1",
    "./media/a one/xl.meta",
  ]);
  assert.equal(await readFile(join(was, "a one/xl.meta"), "utf8"), "new old");
  assert.equal(await readFile(join(was, "a one/new/part.1"), "utf8"), "fresh");
});

test("is tried again while it changes, and as it is in the end", async () => {
  await put("media/live", { first: "first" });
  const { words, wrong } = await readAgain(
    ["torn media/live"],
    `unkept() {
      cat
      [ -e replaced ] || { mv media/live/first media/live/next; echo next >media/live/xl.meta; : >replaced; }
    }`,
  );
  assert.equal(wrong, "");
  assert.match(words, /^\.\/media\/live\/next\/part\.1$/m);
  assert.doesNotMatch(words, /first/);
});

test.each([
  [
    "can't be listed",
    "data_of() { echo 'find: EIO' >$work/tar; return 1; }",
    /objects of minio-data: media\/live could not be read: find: EIO/,
  ],
  ["can't be seen", "stat() { echo 'stat: EIO' >&2; return 1; }", /media\/live could not be read: stat: EIO/],
  ["can't be compared", "unkept() { cat >/dev/null; return 1; }", /media\/live could not be read/],
  [
    "is larger than the disk has room",
    "df() { printf 'x\\ndisk 9 9 1 9%% /\\n'; }",
    /there must be room for a copy of media\/live, 0 MB free on disk|there must be room for a copy of media\/live, /,
  ],
  [
    "is overwritten each time",
    "moment_of() { date +%N; }",
    /got media\/live overwritten in each of 200 tries/,
  ],
])("fails a backup where it %s", async (_, meanwhile, expected) => {
  await put("media/live", { first: "x".repeat(9000) });
  const { code, wrong } = await readAgain(["torn media/live"], meanwhile);
  assert.equal(code, 1);
  assert.match(wrong, expected);
});
