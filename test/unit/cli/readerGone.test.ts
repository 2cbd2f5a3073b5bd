import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "vitest";
import { commandLine } from "../../../cli/main.ts";
import { looking, pipeClosedCode } from "../../../cli/readerGone.ts";

const module = new URL("../../../cli/readerGone.ts", import.meta.url).href;

/**
 * Writes a line every few milliseconds, two hundred in all, and then leaves with 7. What the Automation API adds to a
 * process that runs a program is added here too: a handler of exceptions that writes.
 */
const writer = (verb: string, more = ""): string => `
  import { endWithReader } from ${JSON.stringify(module)};
  endWithReader(${JSON.stringify(verb)});
  process.on("uncaughtException", (error) => console.error(error));
  ${more}
  let lines = 0;
  const timer = setInterval(() => {
    console.log("a line");
    console.error("progress");
    if (++lines === 200) process.exit(7);
  }, 5);
`;

/** The exit code of a program whose reader closes both of its pipes after the first line. */
async function codeOf(text: string): Promise<number | null> {
  const child = spawn(process.execPath, ["--import=tsx", "--input-type=module", "-e", text]);
  const ended = once(child, "exit") as Promise<[number | null]>;
  await once(child.stdout, "data");
  child.stdout.destroy();
  child.stderr.destroy();
  const [code] = await ended;
  return code;
}

describe("a verb whose output nobody reads any more", () => {
  for (const verb of ["logs", "status", "preview"]) {
    it(`ends with its reader when it only looks: ${verb}`, async () => {
      assert.equal(await codeOf(writer(verb)), pipeClosedCode);
    });
  }

  it("lets a verb that only looks end what it has started, as for one SIGTERM, whatever it says to that", async () => {
    const ends = `
      import { codeOfEnd } from ${JSON.stringify(module)};
      let signals = 0;
      process.on("SIGTERM", () => {
        signals++;
        console.log("stopping");
        setTimeout(() => process.exit(signals === 1 ? codeOfEnd(130) : signals), 100);
      });`;
    assert.equal(await codeOf(writer("preview", ends)), pipeClosedCode);
  });

  for (const verb of ["up", "restore", "a verb of tomorrow"]) {
    it(`goes on to its end when it changes things: ${verb}`, async () => {
      assert.equal(await codeOf(writer(verb)), 7);
    });
  }

  it("is one of the command line's, and none that changes things ends half way", () => {
    const others = commandLine()
      .commands.map((verb) => verb.name())
      .filter((name) => !looking.has(name));
    assert.deepEqual(others.sort(), changing);
    assert.equal(others.length + looking.size, commandLine().commands.length);
  });
});

const changing = [
  "backup",
  "build",
  "destroy",
  "drill",
  "exec",
  "lock",
  "maintenance",
  "prune",
  "restart",
  "restore",
  "rollback",
  "rotate",
  "run",
  "setup",
  "unlock",
  "up",
  "upgrade",
];
