import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { placeProblems } from "../../../cli/places.mjs";

it("a place that another process of the same number has tried, or was killed in, can be written all the same", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-places-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const left = `.berth-${process.pid}`;
  await mkdir(join(folder, left));
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  expect(placeProblems()).toEqual([]);
  expect(await readdir(folder)).toEqual([left]);
});
