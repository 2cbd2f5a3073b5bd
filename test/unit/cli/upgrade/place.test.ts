import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, vi } from "vitest";
import { Refusal } from "../../../../cli/refusal.ts";
import { holderText } from "../../../../cli/state/holder.ts";
import { lockProblem } from "../../../../cli/state/locks.ts";
import { openDatabase } from "../../../../cli/upgrade/place.ts";

test("nothing is moved where the run after it couldn't begin: the engine's lock, and an engine that is away", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "berth-upgrade-"));
  t.onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  vi.stubEnv("XDG_DATA_HOME", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
  vi.stubEnv("DOCKER_HOST", `unix://${folder}/none.sock`);
  const holder = { pid: process.pid, user: "ada", host: "laptop", since: new Date() };
  const locks = join(folder, "berth/state/.pulumi/locks/organization/berth/unit-upgrade");
  await mkdir(locks, { recursive: true });
  await writeFile(join(locks, "one.json"), holderText(holder));
  const options = { stack: "unit-upgrade", config: ["system=docsai"] };
  await assert.rejects(openDatabase(undefined, options, true), (error) => {
    assert.ok(error instanceof Refusal, String(error));
    assert.ok(error.problems.includes(lockProblem("unit-upgrade", { holder, here: false })), error.message);
    assert.ok(
      error.problems.some((problem) => problem.startsWith("docker: must answer ")),
      error.message,
    );
    return true;
  });
});
