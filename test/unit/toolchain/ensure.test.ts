import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "vitest";
import { type FakeMachine, fakeMachine, write } from "./fakes.ts";

const BUILT = ["cli", "docker", "random"];

test("what is missing is built once, given to the engine, and found there the next time", async () => {
  const machine = fakeMachine();
  const first = await machine.ensure().finished;
  assert.equal(first.code, 0, first.output);
  assert.match(first.output, /^Pulumi CLI: 3\.256\.0, built from Go modules in \d+ s$/m);
  assert.match(first.output, /^how: built$/m);
  assert.deepEqual(machine.builds(), BUILT);
  assert.deepEqual(finished(machine), BUILT);
  assert.equal(existsSync(join(machine.cache, "go-build")), false);

  const second = await machine.ensure().finished;
  assert.deepEqual(second.output.split("\n"), [
    "Pulumi CLI: 3.256.0, built earlier",
    "docker plugin: 5.2.0, the engine has it",
    "random plugin: 4.21.2, the engine has it",
    "how: built",
    "",
  ]);
  assert.deepEqual(machine.builds(), BUILT);
});

test("a build that is killed leaves no half a binary to be taken for one", async () => {
  const machine = fakeMachine();
  const killed = machine.ensure({ SLOW_GO: "2" });
  while (machine.builds().length === 0) await sleep(20);
  killed.kill("SIGKILL");
  await killed.finished;
  assert.deepEqual(finished(machine), []);
  assert.equal(existsSync(join(machine.cache, "lock")), true);

  const again = await machine.ensure().finished;
  assert.equal(again.code, 0, again.output);
  assert.deepEqual(finished(machine), BUILT);
});

test("a tool that doesn't compile is named with Go's words, and the others are kept", async () => {
  const machine = fakeMachine();
  const { code, output } = await machine.ensure({ FAIL_GO: "random" }).finished;
  const why = "build: random plugin: go build failed, ./main.go:1:1: undefined: x";
  assert.equal(code, 1);
  assert.ok(output.includes("Pulumi CLI: built, and kept for the next run\n"), output);
  assert.ok(output.includes(`random plugin: failed, ${why}\n`), output);
  assert.ok(output.includes(`Error: random plugin: no way to get it worked, ${why}\n`), output);
  assert.deepEqual(finished(machine), ["cli", "docker"]);
});

test("a cloud's plugin that can't be had is named within seconds, and nothing is built in vain", async () => {
  const machine = fakeMachine();
  const begun = Date.now();
  // A proxy that isn't there: the vendor can't be reached, whatever this machine's network is.
  const nowhere = { BERTH_TOOLS: "", HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "", no_proxy: "" };
  const { code, output } = await machine.ensure({ ...nowhere, PLUGINS: "docker gcp" }).finished;
  assert.equal(code, 1);
  assert.ok(Date.now() - begun < 45_000, output);
  const version = "9.37.0";
  const why = [
    `${version} isn't among the engine's plugins`,
    "download: get.pulumi.com can't be reached, connect ECONNREFUSED 127.0.0.1:9",
    `on a machine that reaches get.pulumi.com run pulumi plugin install resource gcp ${version}, and bring resource-gcp-v${version} from there into ${join(machine.home, "pulumi", "plugins")}`,
  ].join("; ");
  assert.ok(output.includes(`gcp plugin: failed, ${why}\n`), output);
  assert.ok(output.includes(`Error: gcp plugin: no way to get it worked, ${why}\n`), output);
  assert.deepEqual(machine.builds(), []);
});

test("a cloud's plugin that the engine has is left alone, however Berth's own came", async () => {
  const machine = fakeMachine();
  write(join(machine.home, "pulumi", "plugins", "resource-gcp-v9.37.0", "pulumi-resource-gcp"), "");
  const { code, output } = await machine.ensure({ PLUGINS: "docker gcp" }).finished;
  assert.equal(code, 0, output);
  assert.ok(output.includes("gcp plugin: 9.37.0, the engine has it\n"), output);
  assert.deepEqual(machine.builds(), ["cli", "docker"]);
});

test("two at once build once", async () => {
  const machine = fakeMachine();
  const both = await Promise.all([machine.ensure({ SLOW_GO: "0.3" }).finished, machine.ensure().finished]);
  for (const { code, output } of both) assert.equal(code, 0, output);
  assert.deepEqual(machine.builds(), BUILT);
});

test("a CLI on PATH that is too old, with no other way allowed, is refused by its version", async () => {
  const machine = fakeMachine();
  const pulumi = join(machine.home, "bin", "pulumi");
  write(pulumi, "#!/bin/sh\necho v3.100.0\n");
  const { code, output } = await machine.ensure({ BERTH_TOOLS: "path" }).finished;
  assert.equal(code, 1);
  assert.match(
    output,
    new RegExp(
      `Error: Pulumi CLI: no way to get it worked, ${pulumi}: must be 3.248.0 or newer, got 3.100.0$`,
      "m",
    ),
  );
});

/** The tools whose folder is there, and so must be whole. */
function finished(machine: FakeMachine): string[] {
  const folders = readdirSync(machine.cache).filter(
    (name) => name.includes("-built-") && !name.endsWith(".part"),
  );
  return folders.map((name) => name.split("-")[0] ?? "").sort();
}
