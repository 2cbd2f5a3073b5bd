import assert from "node:assert/strict";
import { test } from "vitest";
import { settingsFrom } from "../../../settings.ts";

const jobsOf = async (jobs: unknown) =>
  (await settingsFrom({ system: "loc8", jobs: { backend: jobs } }, "/")).services.backend?.jobs;

test("a job is a list of words, or a text for the shell", async () => {
  assert.deepEqual(await jobsOf({ migrate: ["python", "manage.py", "migrate"], seed: "a && b" }), {
    migrate: ["python", "manage.py", "migrate"],
    seed: ["sh", "-c", "a && b"],
  });
  assert.equal(await jobsOf({}).then((jobs) => Object.keys(jobs ?? {}).length), 0);
});

const words = 'must be a list of words such as ["python", "manage.py", "migrate"], or one text for sh';

test.each([
  [{ migrate: "" }, `jobs.backend.migrate: ${words}, got ""`],
  [{ migrate: [] }, `jobs.backend.migrate: ${words}, got []`],
  [{ migrate: { run: "x" } }, `jobs.backend.migrate: ${words}, got {"run":"x"}`],
  [{ migrate: ["a", ""] }, 'jobs.backend.migrate.1: must be text, got ""'],
  [{ deploy: "x" }, "jobs.backend.deploy: unknown key; known: check, migrate, static, seed"],
])("refuses %j", async (jobs, message) => {
  await assert.rejects(jobsOf(jobs), { message });
});

test("only an application has jobs", async () => {
  await assert.rejects(settingsFrom({ system: "loc8", jobs: { postgres: { seed: "x" } } }, "/"), {
    message: "jobs.postgres: unknown key; known: backend, frontend",
  });
});
