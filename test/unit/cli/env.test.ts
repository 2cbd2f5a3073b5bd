import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { shellLines } from "../../../cli/verbs/env.ts";

const oddities = [
  "plain/folder",
  "with space",
  "it's",
  'a "quote"',
  "$HOME and ${PATH}",
  "`touch ran` $(touch ran)",
  "back\\slash\\",
  "semi;colon & more | < > * ? [a] {b} # ~ ! ^ =",
  "two\nlines\ntouch ran",
  "ünïcödé",
  "",
];

/** Shells that are here; `sh` and `bash` have to be. */
const shells = ["sh", "bash", "dash", "zsh", "ksh"].filter((shell) => {
  try {
    execFileSync(shell, ["-c", ":"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

/** What a shell has in its environment after `eval "$(berth env)"`, and the files it made on the way. */
function evaluated(shell: string, text: string): { environment: Map<string, string>; files: string[] } {
  const folder = mkdtempSync(join(tmpdir(), "berth-env-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const node = process.execPath;
  const print = "process.stdout.write(JSON.stringify(process.env))";
  const script = `set -eu; eval "$(printf '%s\\n' "$LINES_OF_BERTH")"; exec "$NODE" -e '${print}'`;
  const stdout = execFileSync(shell, ["-c", script], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: "/home/nobody", LINES_OF_BERTH: text, NODE: node },
    encoding: "utf8",
  });
  return {
    environment: new Map(Object.entries(JSON.parse(stdout) as Record<string, string>)),
    files: readdirSync(folder),
  };
}

describe("what berth env prints", () => {
  it("is tried in the shells that people have", () => {
    expect(shells).toEqual(expect.arrayContaining(["sh", "bash"]));
  });

  for (const shell of shells) {
    it(`gives ${shell} every value as it is, and runs nothing of it`, () => {
      for (const odd of oddities) {
        const variables = { PULUMI_BACKEND_URL: `file:///a/${odd}`, PULUMI_CONFIG_PASSPHRASE_FILE: odd };
        for (const there of [true, false]) {
          const shown = {
            variables,
            bin: `/tools/${odd}/bin`,
            file: `/team/${odd}.yaml`,
            stack: "dev",
            there,
            language: false,
          };
          const { environment, files } = evaluated(shell, shellLines(shown).join("\n"));
          for (const [name, value] of Object.entries(variables))
            expect(environment.get(name), odd).toBe(value);
          expect(environment.get("PATH"), odd).toBe(`/tools/${odd}/bin:${process.env.PATH ?? ""}`);
          expect(files, odd).toEqual([]);
        }
      }
    });
  }

  it("is seen to run what isn't quoted, where that happens", () => {
    const { environment, files } = evaluated("sh", "export A=$(touch ran)$HOME\n# two\ntouch more");
    expect([environment.get("A"), files]).toEqual(["/home/nobody", ["more", "ran"]]);
  });
});
