import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "vitest";
import { ask } from "../../../cli/ask.ts";

const question = "This stops shop. Go on? [y/N] ";

describe("a question on the terminal", () => {
  it("takes what is written up to the line's end", async () => {
    assert.deepEqual(await answered(" y \r"), { answer: "y", after: "\r\n" });
  });

  for (const [key, character] of Object.entries({ "^C": "\u0003", "^D": "\u0004" })) {
    it(`is answered with nothing by ${key}, and what is said next has a line of its own`, async () => {
      const { answer, after } = await answered(character);
      assert.equal(answer, "");
      assert.match(after, /\n$/);
    });
  }

  it("is answered with nothing where the terminal goes away", async () => {
    const { terminal } = open();
    const answer = ask(question, terminal);
    terminal.input.end();
    assert.equal(await answer, "");
  });
});

/** The answer to keys that somebody presses, and what stands behind the question and the keys then. */
async function answered(keys: string): Promise<{ answer: string; after: string }> {
  const { terminal, shown } = open();
  const answer = ask(question, terminal);
  terminal.input.write(keys);
  const given = await answer;
  const [, behind = ""] = shown().split(question.trim());
  return { answer: given, after: behind.slice(behind.search(/[\r\n]/)) };
}

function open() {
  const output = Object.assign(new PassThrough(), { isTTY: true });
  const input = new PassThrough();
  let text = "";
  output.on("data", (part: Buffer) => (text += part.toString()));
  return { terminal: { input, output }, shown: () => text };
}
