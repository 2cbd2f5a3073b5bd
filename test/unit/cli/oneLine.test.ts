import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
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

describe("a place where nothing can be written is told in a line, with the variable and the path, within seconds", () => {
  const below: Record<string, string> = {
    XDG_DATA_HOME: "/berth",
    XDG_CACHE_HOME: "/berth",
    XDG_STATE_HOME: "/berth",
    TMPDIR: "",
    PULUMI_HOME: "",
  };
  const places = { "below /proc": "/proc/nowhere", "/proc itself": "/proc", "a file": berth };
  for (const [variable, rest] of Object.entries(below))
    for (const [what, place] of Object.entries(places))
      it(`${variable}: ${what}`, async () => {
        const begun = performance.now();
        const { code, stdout, stderr } = await run(["status", "--stack", "unit-nowhere"], {
          [variable]: place,
        });
        expect([code, stdout]).toEqual([1, ""]);
        const [, path] =
          /^\w+: must lead to a folder that can be written, got "([^"]+)" \(E[A-Z]+: [\w ]+\)\n$/.exec(
            stderr,
          ) ?? [];
        expect([stderr.split(":")[0], path]).toEqual([variable, place + rest]);
        expect(performance.now() - begun).toBeLessThan(30_000);
      });

  it("HOME, and a folder on a disk that takes no writes", async () => {
    const own = Object.fromEntries(Object.keys(below).map((name) => [name, ""]));
    const { code, stderr } = await run(["status"], { ...own, HOME: "/proc/nowhere" });
    expect([code, stderr]).toEqual([
      1,
      'HOME: must lead to a folder that can be written, got "/proc/nowhere/.cache/berth" (ENOENT: no such file or directory)\n',
    ]);
    const data = await run(["status"], {
      XDG_DATA_HOME: "/sys",
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? "",
    });
    expect(data.stderr).toMatch(
      /^XDG_DATA_HOME: must lead to a folder that can be written, got "\/sys\/berth" \(E[A-Z]+: /,
    );
  });

  it("and one that is still to be made is made", async () => {
    const folder = await mkdtemp(join(tmpdir(), "berth-places-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const env = { XDG_DATA_HOME: join(folder, "a/b"), PULUMI_HOME: join(folder, "c") };
    const { code, stderr } = await run(["status", "--stack", "a b"], env);
    expect([code, stderr]).toEqual([1, `${rule}"a b"\n`]);
    expect(await readdir(join(folder, "a/b/berth"))).toEqual([]);
    expect(await readdir(join(folder, "c"))).toEqual([]);
  });
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
