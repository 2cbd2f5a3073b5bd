import assert from "node:assert/strict";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { pipeClosedCode } from "../../cli/readerGone.ts";
import { Berth } from "../tools/berth.ts";
import { docker } from "../tools/docker.ts";
import { until } from "../tools/wait.ts";

/** Commands inside a system, as a person at a terminal and a script with a pipe start them. */
describe("a command in a service's container", () => {
  let berth: Berth;
  beforeAll(async () => {
    berth = await Berth.open("loc8");
    const { code, output } = await berth.up("replicas.backend=2").ended;
    assert.equal(code, 0, output);
  });
  afterAll(() => berth.close());

  const start = (verb: string, ...words: string[]) =>
    berth.start(verb, ...berth.settings("replicas.backend=2"), ...words).ended;

  it("says what it says, and ends as it ends", async () => {
    const sum = await start("exec", "postgres", "--", "psql", "-U", "postgres", "-Atc", "SELECT 41 + 1");
    assert.deepEqual(sum, { code: 0, output: "42\n" });
    const failed = await start("exec", "backend", "--", "sh", "-c", "echo no >&2; exit 7");
    assert.deepEqual(failed, { code: 7, output: "no\n" });
  });

  it("is in the container that is meant", async () => {
    const hosts = await Promise.all(
      ["1", "2"].map(async (number) => start("exec", "--replica", number, "backend", "--", "hostname")),
    );
    assert.equal(new Set(hosts.map(({ output }) => output)).size, 2);
    const wrong = await start("exec", "--replica", "3", "backend");
    assert.deepEqual(wrong, { code: 1, output: '--replica: must be a whole number from 1 to 2, got "3"\n' });
    const unknown = await start("exec", "backnd");
    assert.match(unknown.output, /^service: must be one of backend, .*, got "backnd"$/m);
  });

  it("reads what is piped into it", async () => {
    const { words, env } = berth.words(
      "exec",
      ...berth.settings(),
      "postgres",
      "--",
      "psql",
      "-U",
      "postgres",
      "-At",
    );
    const [program, ...rest] = words;
    const { stdout } = await execa(program, rest, { env, input: "SELECT 'a';\nSELECT 'b';\n" });
    assert.equal(stdout, "a\nb");
  });

  it("ends with the reader of its output", async () => {
    for (const verb of ["exec", "run"]) {
      const { words, env } = berth.words(
        verb,
        ...berth.settings("replicas.backend=2"),
        "backend",
        "--",
        "yes",
      );
      const [program, ...rest] = words;
      const reader = execa(program, rest, { env, reject: false, timeout: 120_000, stdin: "ignore" });
      reader.stdout.once("data", () => reader.stdout.destroy());
      const { exitCode, timedOut } = await reader;
      assert.deepEqual([exitCode, timedOut], [pipeClosedCode, false], verb);
    }
    const { containers } = await berth.dockerObjects();
    assert.deepEqual(
      containers.filter(({ Labels }) => Labels["berth.role"] === "run"),
      [],
    );
  });

  it("has a terminal where there is one", async () => {
    const { words, env } = berth.words(
      "exec",
      ...berth.settings(),
      "backend",
      "--",
      "sh",
      "-c",
      "test -t 0 && test -t 1 && echo terminal",
    );
    const line = words.map((word) => `'${word}'`).join(" ");
    // Input stays open: script types its end into the terminal, which may echo it before the line.
    const { stdout } = await execa("script", ["-qec", line, "/dev/null"], { env, stdin: "pipe" });
    assert.match(stdout, /^terminal/m);
  });

  it("is asked of at a terminal before all of it is stopped, and stays where the answer is no", async () => {
    const running = async () => (await berth.dockerObjects()).containers.map(({ Id }) => Id).sort();
    const before = await running();
    const { words, env } = berth.words("destroy", ...berth.settings());
    const line = words.map((word) => `'${word}'`).join(" ");
    const options = { env, stdin: "pipe", reject: false, timeout: 120_000 } as const;
    const destroy = execa("script", ["-qec", line, "/dev/null"], options);
    let written = "";
    destroy.stdout.on("data", (text: Buffer) => {
      const before = written;
      written += text.toString();
      if (written.includes("[y/N]") && !before.includes("[y/N]")) destroy.stdin.write("n\n");
    });
    const { exitCode, stdout } = await destroy;
    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, new RegExp(`This stops and removes stack ${berth.stack}; its data stays\\.`));
    assert.match(stdout, /destroy: must be confirmed with "y", got "n"; nothing was changed/);
    assert.deepEqual(await running(), before);
  });

  it("may have a container of its own, with all that the service is handed, of which nothing stays", async () => {
    const query = "import os; print(sorted(os.listdir('/etc/berth')), os.environ.get('HOSTNAME', ''))";
    const there = await start("exec", "backend", "--", "python", "-c", query);
    const own = await start("run", "backend", "--", "python", "-c", query);
    assert.equal(own.code, 0, own.output);
    const [files, ownFiles] = [there, own].map(({ output }) => /\[.*\]/.exec(output)?.[0]);
    assert.equal(ownFiles, files);
    assert.notEqual(own.output, there.output);
    const reached = await start(
      "run",
      "backend",
      "--",
      "python",
      "-c",
      "import socket; socket.create_connection(('postgres', 5432), 5); print('reached'); raise SystemExit(4)",
    );
    assert.deepEqual(reached, { code: 4, output: "reached\n" });
    assert.deepEqual(await left(), []);
  });

  it("leaves nothing when it is ended with ^C", async () => {
    const { words, env } = berth.words("run", ...berth.settings(), "backend", "--", "sleep", "300");
    const [program, ...rest] = words;
    const going = execa(program, rest, { env, reject: false });
    await until("it runs", 60, async () => (await left()).length === 1);
    going.kill("SIGINT");
    await going;
    assert.deepEqual(await left(), []);
  });

  async function left(): Promise<string[]> {
    const filters = { label: [`berth.stack=${berth.stack}`, "berth.role=run"] };
    return (await docker.listContainers({ all: true, filters })).flatMap(({ Names }) => Names);
  }
});
