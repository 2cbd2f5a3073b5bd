import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import type { Verdict } from "../../cli/verify/verdicts.ts";
import { sealedPaths } from "../../lib/sealed.ts";
import type { LiveStack } from "../tools/stack.ts";

const berth = join(import.meta.dirname, "../../cli/berth.mjs");
/** What an image may lack without being broken. */
const lacking = [
  ...["its image has no /ready", "has no check of its own", "no HTTP client in this image"],
  "none is made; berth:backup says where they go",
];

/** `berth verify` finds nothing wrong with a stack: it exits with 0, and each of its lines is green. */
export async function assertVerified(stack: LiveStack): Promise<void> {
  const { exitCode, stdout, stderr } = await ask("verify", stack, "--json");
  const { checks } = JSON.parse(stdout || `{"checks":[]}`) as { checks: Verdict[] };
  assert.deepEqual(wrongIn(checks), [], stderr);
  assert.equal(exitCode, 0, stderr);
  assert.deepEqual(
    [...new Set(checks.map(({ level }) => level))],
    ["machine", "container", "endpoint", "dependency", "proxy", "backup"],
  );
}

/** What isn't green, but for what an image may lack. */
export function wrongIn(checks: readonly Verdict[]): Verdict[] {
  return checks.filter(
    ({ outcome, detail }) => outcome === "fail" || (outcome === "skip" && !lacking.includes(detail)),
  );
}

/** `berth drift` finds a stack as the last run left it, though plain Pulumi ran. */
export async function assertNoDrift(stack: LiveStack): Promise<void> {
  const { exitCode, stdout, stderr } = await ask("drift", stack, "--json");
  assert.deepEqual(JSON.parse(stdout || "{}"), { stack: stack.name, findings: [], known: true }, stderr);
  assert.equal(exitCode, 0, stderr);
}

/** What `berth logs` finds with these words, a line each. */
export async function logLines(stack: LiveStack, ...words: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await ask("logs", stack, ...words, "--json");
  assert.equal(exitCode, 0, stderr);
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as { text: string }).text);
}

/** Runs `berth up` on a stack of plain Pulumi's. */
export async function upByCommand(
  stack: LiveStack,
): Promise<{ ok: boolean; output: string; seconds: number }> {
  const began = performance.now();
  const { exitCode, all } = await ask("up", stack);
  return { ok: exitCode === 0, output: all, seconds: (performance.now() - began) / 1000 };
}

/** What a verb answers of a stack that plain Pulumi made. */
export async function ask(verb: string, stack: LiveStack, ...words: string[]) {
  const { name, folder, environment } = stack;
  const file = await readFile(join(folder, `Pulumi.${name}.yaml`), "utf8");
  const { config } = parse(file) as { config: Record<string, unknown> };
  const sealed = new Set(sealedPaths(config).map(([key]) => `berth:${key}`));
  const opened = sealed.size > 0 ? await stack.opened() : {};
  const settings = Object.entries(config).flatMap(([key, value]) => [
    "-c",
    `${key}=${sealed.has(key) ? opened[key] : JSON.stringify(value)}`,
  ]);
  return execa(process.execPath, [berth, verb, ...words, "--stack", name, ...settings], {
    env: { ...environment, XDG_DATA_HOME: folder },
    reject: false,
    all: true,
  });
}
