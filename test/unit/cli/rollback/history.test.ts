import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { historyOf } from "../../../../cli/rollback/history.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-history-"));
  await mkdir(join(folder, ".pulumi/history/berth/dev"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const good = { kind: "update", result: "succeeded", endTime: 1795751074 };

/** A run as the engine keeps it; without a state, one that is being written. */
async function write(number: number, update: object | string, packed = false, state = true): Promise<void> {
  const file = join(folder, `.pulumi/history/berth/dev/dev-179575107000000000${number}`);
  const save = (kind: string, content: unknown) => {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return writeFile(`${file}.${kind}.json${packed ? ".gz" : ""}`, packed ? gzipSync(text) : text);
  };
  await save("history", update);
  const latest = { resources: [{ urn: `${number}` }] };
  if (state) await save("checkpoint", { version: 3, checkpoint: { latest } });
}

async function read(most?: number) {
  const { runs, whole, failed } = await historyOf(folder, "dev", most);
  return {
    whole,
    failed,
    runs: runs.map(({ number, checkpoint }) => [number, checkpoint.resources[0]?.urn]),
  };
}

it("runs of up that went well are read with the state each left, packed or not, oldest first", async () => {
  await write(2, good, true);
  await write(1, good);
  expect(await read()).toEqual({
    whole: true,
    failed: false,
    runs: [
      [1, "1"],
      [2, "2"],
    ],
  });
  const { runs } = await historyOf(folder, "dev");
  expect(runs[0]?.ended).toEqual(new Date("2026-11-27T03:44:34Z"));
});

it("other runs count and aren't read: refreshed, destroyed, failed, under way, cut off", async () => {
  await write(1, { ...good, kind: "refresh" });
  await write(2, { ...good, kind: "destroy" });
  await write(3, { ...good, result: "failed" });
  await write(4, { ...good, result: "in-progress" });
  await write(5, good, false, false);
  await write(6, '{"kind":"upd');
  await write(7, good);
  expect(await read()).toEqual({ whole: true, failed: false, runs: [[7, "7"]] });
});

it("that the newest run of up failed is said, whatever only looked since, until the stack goes", async () => {
  await write(1, good);
  await write(2, { ...good, result: "failed" });
  await write(3, { ...good, kind: "refresh" });
  expect(await read()).toEqual({ whole: true, failed: true, runs: [[1, "1"]] });
  await write(4, { ...good, kind: "destroy" });
  expect((await read()).failed).toBe(false);
});

it("of a long history the newest are read, by the numbers they have in it", async () => {
  for (const number of [1, 2, 3]) await write(number, good);
  expect(await read(2)).toEqual({
    whole: false,
    failed: false,
    runs: [
      [2, "2"],
      [3, "3"],
    ],
  });
});

it("a stack without a history has none", async () => {
  expect(await historyOf(folder, "other")).toEqual({ runs: [], whole: true, failed: false });
});
