import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
      .replaceAll(">", "\\u003e");
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
async function torn(objects: Record<string, Kept>) {
  const listing = [snapshot, ...Object.entries(objects).flatMap(([name, kept]) => lines(name, kept))];
  await writeFile(join(folder, "listing"), `${listing.join("\n")}\n`);
  const seconds = String(Date.parse(begun) / 1000);
  const { code, words, wrong } = await inScript(
    folder,
    `begun=${seconds} store=minio-data volumes=/backup/volumes tree=1 work=.; own_restic() { cat listing; }`,
    "nodes | torn_objects >torn.json; plain <torn.json; echo; nodes | data_of_torn | plain",
  );
  assert.equal(code, 0, wrong);
  const [found = "", data = ""] = words.split(/(?:^|\n)\n/);
  return {
    torn: found.split("\n").filter((line) => line !== ""),
    data: data.split("\n").filter((line) => line !== ""),
  };
}

test.each<[string, Kept, boolean]>([
  [
    "came whole long ago",
    { folder: "2026-11-01T00:00:00.4Z", meta: "2026-11-01T00:00:00.4Z", data: ["a"] },
    false,
  ],
  [
    "came whole meanwhile",
    { folder: "2026-11-30T01:00:07.123Z", meta: "2026-11-30T01:00:07.12Z", data: ["b"] },
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
  // Which of the two it is nobody can tell by its folder.
  [
    "holds its data itself, and had other until just now",
    { folder: "2026-11-30T01:00:02Z", meta: "2026-11-30T01:00:01Z" },
    true,
  ],
])("an object that %s", async (_, kept, expected) => {
  const data = (kept.data ?? []).map((one) => `media/one/${one}`);
  assert.deepEqual(
    await torn({ "media/one": kept }),
    expected ? { torn: ["media/one"], data } : { torn: [], data: [] },
  );
});

test("each by its own folder, whatever their names and however deep", async () => {
  const whole = { folder: "2026-11-30T01:00:08Z", meta: "2026-11-30T01:00:07Z", data: ["a"] };
  const cut = { folder: "2026-11-30T01:00:07Z", meta: "2026-11-30T01:00:08Z", data: ["a"] };
  assert.deepEqual(
    await torn({
      "media/whole": whole,
      "media/whole/below": cut,
      'media/a "type":"dir", <ü> \\ one': cut,
      "media/other": whole,
    }),
    {
      torn: ["media/whole/below", 'media/a "type":"dir", <ü> \\ one'],
      data: ["media/whole/below/a", 'media/a "type":"dir", <ü> \\ one/a'],
    },
  );
});
