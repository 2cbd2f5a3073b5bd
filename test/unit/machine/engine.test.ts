import assert from "node:assert/strict";
import { execa } from "execa";
import { test } from "vitest";
import { script } from "../../../components/machine/scripts.ts";

/** What the step of the Docker Engine says on a machine that has one of this version. */
async function engine(version: string): Promise<string[]> {
  const stubs = [
    "have() { true; }",
    `dockerd() { echo 'Docker version ${version}, build 1a2b3c'; }`,
    "installed() { false; }",
    "put() { cat >/dev/null; }",
  ];
  const text = ["set -eu", script("library"), script("engine"), ...stubs, "engine"].join("\n");
  const { stdout } = await execa("dash", ["-c", text], { reject: false });
  return stdout.split("\n").filter((line) => line !== "");
}

test("an engine older than 28 is a warning and no more, and one older than 20 is refused", async () => {
  const [warning = "", ...rest] = await engine("20.10.24+dfsg1");
  assert.equal(
    warning,
    "@warn docker: should be at least 28, got 20.10; remove it, so that setup can install a newer one",
  );
  assert.deepEqual(rest, []);
  assert.match((await engine("27.5.1")).join(), /^@warn docker: should be at least 28, got 27\.5; /);
  assert.deepEqual(await engine("28.0.4"), []);
  assert.deepEqual(await engine("29.1.0"), []);
  assert.match((await engine("19.3.0")).join(), /^@fail docker: must be at least 20\.10, got 19\.3;/);
});
