import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { execa } from "execa";
import { test } from "vitest";
import { binary } from "../../toolchain/cli.ts";
import { ensureTools } from "../../toolchain/index.ts";
import { pluginsFolder } from "../../toolchain/env.ts";
import { silent } from "./sshRig.ts";

/** A job in a container has a HOME of the runner's: the engine goes by /etc/passwd, and so must we. */
test("plugins are looked for where the engine has them, whatever HOME says", async (t) => {
  const tools = await ensureTools(silent);
  const { HOME: home } = process.env;
  t.onTestFinished(() => void (process.env.HOME = home));
  process.env.HOME = "/github/home";
  const { stdout } = await execa(binary(tools), ["plugin", "ls", "--json"], {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  const known = JSON.parse(stdout) as { kind: string; name: string; version: string }[];
  const names = known.map(({ kind, name, version }) => `${kind}-${name}-v${version}`);
  assert.ok(
    names.some((name) => name.startsWith("resource-docker-")),
    stdout,
  );
  const there = new Set(await readdir(pluginsFolder()));
  assert.deepEqual(
    names.filter((name) => !there.has(name)),
    [],
  );
});
