import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { onTestFinished, test } from "vitest";
import { setupAgainScript } from "../../../components/machine/setupAgain.ts";
import { connection } from "../../../components/ssh/connection.ts";

/** Runs it against a machine that is this one, and was made with another script or with the same. */
async function setUp(made: string, setup: string) {
  const folder = await mkdtemp(join(tmpdir(), "again-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const executable = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  };
  await executable("ssh", '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n');
  await executable("sudo", '#!/bin/sh\nshift\nexec "$@"\n');
  const path = join(folder, "berth-setup");
  await writeFile(path, made);
  const target = connection({ address: "203.0.113.30", user: "ops", hostKey: "ssh-ed25519 AAAA" });
  const { exitCode, stderr } = await execa("sh", ["-c", setupAgainScript(target, path)], {
    env: { PATH: `${folder}:${process.env.PATH ?? ""}`, RAN: join(folder, "ran") },
    input: setup,
    reject: false,
  });
  const ran = await readFile(join(folder, "ran"), "utf8").catch(() => "");
  return { exitCode, stderr, ran: ran.trim(), there: await readFile(path, "utf8"), path };
}

const setup = "cat >/dev/null\necho once >>$RAN\n";

test("a machine that was made with the same script is left alone", async () => {
  const { exitCode, ran, there } = await setUp(setup, setup);
  assert.deepEqual([exitCode, ran, there], [0, "", setup]);
});

test("one that was made with another is prepared by the whole script, which lies there afterwards", async () => {
  const { exitCode, ran, there, path } = await setUp("echo older\n", `${setup}echo twice >>$RAN\n`);
  assert.deepEqual([exitCode, ran], [0, "once\ntwice"]);
  assert.equal(there, `${setup}echo twice >>$RAN\n`);
  assert.equal((await stat(path)).mode & 0o777, 0o700);
});

test("what keeps it from being prepared is said, and the next run tries again", async () => {
  const failing = "echo '@step Docker'\necho '@fail docker did not start with its new settings'\nexit 1\n";
  const { exitCode, stderr, there } = await setUp("echo older\n", failing);
  assert.equal(exitCode, 1);
  assert.equal(stderr, "host: could not be prepared for a swarm: docker did not start with its new settings");
  assert.equal(there, "echo older\n");
});
