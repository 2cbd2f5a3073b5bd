import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { textIn } from "../../../cli/project.ts";
import { Refusal } from "../../../cli/refusal.ts";

const berth = join(import.meta.dirname, "../../../cli/berth.mjs");

interface Ended {
  code: unknown;
  stdout: string;
  stderr: string;
}

function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [berth, ...args],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, stdout, stderr });
      },
    );
  });
}

const rule = '--stack: must be letters, digits, "-", "_" and ".", got ';

it("a mistake is one line that turns no terminal around, whatever somebody typed", async () => {
  const { code, stdout, stderr } = await run(["validate", "--stack", "a\nb\u001b[2J\u202e", "--json"]);
  expect(code).toBe(1);
  expect(stderr).toBe(`${rule}"a\\u000ab\\u001b[2J\\u202e"\n`);
  expect(JSON.parse(stdout)).toEqual({
    result: "refused",
    problems: [`${rule}"a\\u000ab\\u001b[2J\\u202e"`],
  });
});

it("a data folder that can't be one is told in a line, with what names another", async () => {
  const { code, stdout, stderr } = await run(["status"], { XDG_DATA_HOME: berth });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(
    /^data folder ".*berth\.mjs\/berth": must be a folder that can be written, got "ENOTDIR: [^\n]*"; XDG_DATA_HOME names another one above it\n$/,
  );
});

it("a folder in the place of a stack's file is told in a line", async () => {
  await expect(textIn(import.meta.dirname)).rejects.toThrow(
    new Refusal([
      'cli: must be a file that can be read, got "EISDIR: illegal operation on a directory, read"',
    ]),
  );
});

it("a home without a name is the user's own, and a folder that is gone is told in a line", async () => {
  expect(await run(["--version"], { HOME: "" })).toMatchObject({ code: 0, stderr: "" });
  const script = 'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$0" "$@"';
  const gone = await promisify(execFile)("sh", ["-c", script, process.execPath, berth, "--version"]).catch(
    (error: unknown) => error as Ended,
  );
  expect(gone).toMatchObject({
    code: 1,
    stderr: "folder: must be there while a command runs in it, got one that is gone; cd to another\n",
  });
});
