import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const berth = join(import.meta.dirname, "../../../cli/berth.mjs");

interface Ended {
  code: unknown;
  stdout: string;
  stderr: string;
}

function run(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [berth, ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

const rule = '--stack: must be letters, digits, "-", "_" and ".", got ';

it("a mistake is one line that turns no terminal around, whatever somebody typed", async () => {
  const { code, stdout, stderr } = await run("validate", "--stack", "a\nb\u001b[2J\u202e", "--json");
  expect(code).toBe(1);
  expect(stderr).toBe(`${rule}"a\\u000ab\\u001b[2J\\u202e"\n`);
  expect(JSON.parse(stdout)).toEqual({
    result: "refused",
    problems: [`${rule}"a\\u000ab\\u001b[2J\\u202e"`],
  });
});
