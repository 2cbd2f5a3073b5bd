import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "vitest";

const child = join(import.meta.dirname, "orphan.child.ts");

/** Kills a process that has forked one of these, and says all that both wrote until the last of them was gone. */
async function orphan(...words: string[]): Promise<string> {
  const program = `require("node:child_process").fork(${JSON.stringify(child)}, ${JSON.stringify(words)}, { execArgv: ["--import", "tsx"] })`;
  const parent = spawn(process.execPath, ["--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
  const output: string[] = [];
  parent.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
  // It closes when the last process that writes there has ended.
  const closed = once(parent.stdout, "close");
  await once(parent.stdout, "data");
  parent.kill("SIGKILL");
  await closed;
  return output.join("");
}

test("a process whose parent is killed ends as it does by SIGTERM", async () => {
  assert.equal(await orphan("ends"), "waits\nended by SIGTERM\n");
});

test("a process that isn't told to goes on to its own end", async () => {
  assert.equal(await orphan("stays"), "waits\nended by itself\n");
});
