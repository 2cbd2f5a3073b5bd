import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { recordOf } from "../../../../cli/rollback/record.ts";
import type { Session } from "../../../../cli/session.ts";
import { parseCheckpoint } from "../../../../cli/state/checkpoint.ts";

let folder: string;
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const state = (pending: object[]) =>
  JSON.stringify({ version: 3, checkpoint: { latest: { resources: [], pending_operations: pending } } });

/** Whether the newest run counts as failed, by what the last good one left and what is left now. */
async function failed(before: object[], now: object[]): Promise<boolean> {
  folder = await mkdtemp(join(tmpdir(), "berth-record-"));
  vi.stubEnv("PULUMI_BACKEND_URL", `file://${folder}`);
  const place = join(folder, ".pulumi/history/berth/dev");
  await mkdir(place, { recursive: true });
  const run = { kind: "update", result: "succeeded", endTime: 1795751074 };
  await writeFile(join(place, "dev-1.history.json"), JSON.stringify(run));
  await writeFile(join(place, "dev-1.checkpoint.json"), state(before));
  const session = { home: {}, stack: { name: "dev" } } as unknown as Session;
  return (await recordOf(session, parseCheckpoint(state(now)), () => true)).failed;
}

const step = { type: "creating", resource: {} };

it("a run that was killed failed: it is in no history, and left what it was in the middle of", async () => {
  expect(await failed([], [step])).toBe(true);
});

it("a run that went well did, whatever another has left before it", async () => {
  expect(await failed([step], [step])).toBe(false);
});
