import { once } from "node:events";
import { mkdir, mkdtemp } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { RunRecord } from "../../../cli/board/record.ts";
import { openEngine } from "../../../cli/engine/engine.ts";
import { createPassphrase, openHome } from "../../../cli/home.ts";
import { asStack, writeWork } from "../../../cli/project.ts";
import { initStack, findTools, silent } from "../../../cli/session.ts";
import { reasonOf } from "../../../cli/refusal.ts";
import { openOutput } from "../../../cli/output.ts";
import { PlainError } from "../../../lib/plainError.ts";

function breakUp(stage: string): never {
  throw new PlainError(`broken at ${stage}`);
}

function breaking(stage: string): () => Record<string, string> {
  return () => breakUp(stage);
}

/** A server that takes connections and says nothing. */
async function silentHost(): Promise<string> {
  const server = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Ways in which a program goes wrong, by stage; each says "broken at <stage>". */
const stages: Record<string, () => Promise<Record<string, unknown>>> = {
  settings() {
    breakUp("settings");
  },
  "system built"() {
    new random.RandomId("first", { byteLength: 4 });
    breakUp("system built");
  },
  // What the hang was: a resource that is never registered, and an output that waits for it.
  "an input's apply"() {
    const first = new random.RandomId("first", { byteLength: 4 });
    const keepers = first.hex.apply(breaking("an input's apply"));
    const second = new random.RandomId("second", { byteLength: 4, keepers });
    return Promise.resolve({ hex: second.hex });
  },
  "an output's apply"() {
    const first = new random.RandomId("first", { byteLength: 4 });
    return Promise.resolve({
      hex: first.hex.apply(breaking("an output's apply")),
    });
  },
  "nobody's promise"() {
    void Promise.resolve("nobody's promise").then(breakUp);
    return new Promise(() => undefined);
  },
  "a stream's event"() {
    setTimeout(() => {
      breakUp("a stream's event");
    }, 10);
    return new Promise(() => undefined);
  },
  "a promise without end": () => new Promise(() => undefined),
  async "an API that never answers"() {
    const provider = new docker.Provider("silent", { host: await silentHost() });
    const { id } = await docker.getNetwork({ name: "any" }, { provider });
    return { id };
  },
  "an event's handler"() {
    const first = new random.RandomId("first", { byteLength: 4 });
    return Promise.resolve({ hex: pulumi.secret(first.hex) });
  },
};

/** One run of the real engine that goes wrong at a stage; prints what a person would be told, as JSON. */
async function main([verb = "", stage = "", limit = "600"]: string[]): Promise<void> {
  process.env.XDG_DATA_HOME = await mkdtemp(join(tmpdir(), "berth-failing-"));
  const program = stages[stage];
  if (program === undefined || (verb !== "up" && verb !== "preview")) throw new Error(`${verb} ${stage}`);
  const home = await openHome();
  await mkdir(home.work, { recursive: true });
  await createPassphrase(home);
  const stack = asStack({ name: "failing" }, "");
  await writeWork(home, stack);
  const engine = openEngine({ tools: await findTools(silent), home, stack: stack.name, program });
  await initStack({ output: openOutput({}), home, stack }, engine);
  const record = new RunRecord();
  const begun = performance.now();
  const onEvent = (event: Parameters<RunRecord["take"]>[0]): void => {
    if (stage === "an event's handler") breakUp(stage);
    record.take(event);
  };
  const options = { replace: [], refresh: false, seconds: Number(limit), onEvent };
  const result = await engine[verb](options).catch((error: unknown) => {
    return { ok: false, complaint: reasonOf(error) };
  });
  const messages = record.messages.map(({ text }) => text);
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(JSON.stringify({ ...result, messages, seconds, home: home.data }), () =>
    process.exit(0),
  );
}

await main(process.argv.slice(2));
