import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";

const script = join(import.meta.dirname, "../../../.ci/run");
const all = ["ci", "run format", "run lint", "run types", "test"];

/** How `.ci/run` ends, and what it has had npm do, when npm fails with 7 at one of it and its tests take so many seconds. */
async function run(failing: string, testing = 0): Promise<{ code: number | undefined; requests: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "berth-ci-"));
  try {
    await mkdir(join(folder, ".ci"));
    await copyFile(script, join(folder, ".ci/run"));
    const npm = `#!/bin/sh\necho "$*" >>${folder}/requests\n[ "$*" != "${failing}" ] || exit 7\n[ "$*" != test ] || exec sleep ${testing}\n`;
    await writeFile(join(folder, "npm"), npm, { mode: 0o755 });
    await writeFile(join(folder, "node"), "#!/bin/sh\n", { mode: 0o755 });
    const env = { PATH: [folder, process.env.PATH].join(delimiter) };
    const { exitCode } = await execa("bash", [join(folder, ".ci/run")], { env, reject: false });
    const requests = await readFile(join(folder, "requests"), "utf8");
    return { code: exitCode, requests: requests.trimEnd().split("\n").sort() };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("CI passes when the checks and the tests do, and asks for all of them", async () => {
  assert.deepEqual(await run("nothing"), { code: 0, requests: all });
});

for (const failing of all)
  test(`CI fails when npm ${failing} does, and tests nothing that a check before refuses`, async () => {
    const { code, requests } = await run(failing);
    assert.equal(code, 7);
    if (failing !== "run lint") assert.equal(requests.includes("test"), failing === "test");
  });

test("CI ends the tests that began beside a lint that fails", { timeout: 60_000 }, async () => {
  const { code } = await run("run lint", 3600);
  assert.equal(code, 7);
});
