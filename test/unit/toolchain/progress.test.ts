import assert from "node:assert/strict";
import { test } from "vitest";
import { plainProgress } from "../../../toolchain/progress.ts";

test("plain progress writes a line an event, and of the notes one every ten seconds", () => {
  const lines: string[] = [];
  let time = 0;
  const progress = plainProgress(
    (line) => lines.push(line),
    () => time,
  );
  const step = progress.step("Pulumi CLI");
  step.note("downloading");
  time = 9_999;
  step.note("too soon");
  time = 10_000;
  step.note("compiling");
  step.done("3.256.0, built");
  progress.step("docker plugin").skip("there");
  progress.step("random plugin").fail("no disk");
  progress.step("images").done();
  assert.deepEqual(lines, [
    "Pulumi CLI: downloading\n",
    "Pulumi CLI: compiling\n",
    "Pulumi CLI: 3.256.0, built\n",
    "docker plugin: there\n",
    "random plugin: failed, no disk\n",
    "images: done\n",
  ]);
});
