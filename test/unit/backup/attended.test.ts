import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { expect, test } from "vitest";
import { attended } from "../../../cli/backup/attended.ts";

/** An engine in which a command that was begun goes on until it is ended by its token, or ends by itself with 0. */
function engine(byItself: boolean) {
  const commands: string[][] = [];
  let running: PassThrough | undefined;
  let code = 0;
  const begin = (words: string[]) => {
    const stream = new PassThrough();
    const [word = "", token = ""] = words;
    if (word !== "end") {
      running = stream;
      stream.write("backup: at work\n");
    }
    // The first time it isn't there yet.
    const ends = word === "end" && token === commands[0]?.[1] && commands.length > 2;
    if (ends) {
      code = 143;
      running?.end();
    }
    if (byItself || word === "end") stream.end();
    return Promise.resolve(stream);
  };
  const docker = {
    modem: {
      demuxStream: (source: PassThrough, target: PassThrough) =>
        source.on("data", (data) => target.write(data)),
    },
    getContainer: () => ({
      exec: ({ Cmd }: { Cmd: string[] }) => {
        const words = Cmd.slice(3);
        commands.push(words);
        return Promise.resolve({
          start: () => begin(words),
          inspect: () => Promise.resolve({ ExitCode: code }),
        });
      },
    }),
  } as unknown as Docker;
  return { docker, commands };
}

test("what ends by itself ends with its own code, and nothing listens for ^C any more", async () => {
  const { docker, commands } = engine(true);
  const source = new EventEmitter();
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  expect(await attended("run", { docker, container: "backup", say, process: source })).toBe(0);
  expect([lines, commands.map(([word]) => word)]).toEqual([["backup: at work"], ["run"]]);
  expect(source.eventNames()).toEqual([]);
});

test("^C ends it in the container by its own token, and asks until it has gone", async () => {
  const { docker, commands } = engine(false);
  const source = new EventEmitter();
  const lines: string[] = [];
  const say = (line: string) => {
    lines.push(line);
    if (line === "backup: at work") source.emit("SIGINT");
  };
  expect(await attended("drill", { docker, container: "backup", say, process: source })).toBe(130);
  expect(lines).toEqual(["backup: at work", "ending it; nothing of it is kept"]);
  const [[first, token] = []] = commands;
  expect(first).toBe("drill");
  expect(token).toMatch(/^[0-9a-f]{16}$/);
  expect(commands.slice(1, 3)).toEqual([
    ["end", token],
    ["end", token],
  ]);
  // A second one is nobody's to hold up.
  expect(source.eventNames()).toEqual([]);
});
