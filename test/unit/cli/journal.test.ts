import assert from "node:assert/strict";
import { execa } from "execa";
import { test } from "vitest";
import { containerType, type Checkpoint } from "../../../cli/state/checkpoint.ts";
import { isJournaled, joined, journalCommand, journalEntry } from "../../../cli/docker/journal.ts";

const id = "a".repeat(64);
const other = "b".repeat(64);

const entry = {
  __CURSOR: "s=1",
  __REALTIME_TIMESTAMP: "1732794123004567",
  MESSAGE: "started",
  CONTAINER_NAME: "api-1-1a2b3c4",
  CONTAINER_ID_FULL: id,
  BERTH_SERVICE: "api",
};

function shown(...entries: object[]): string[] {
  const lines: string[] = [];
  const take = joined(({ Names, Labels }, { time, text }) => {
    lines.push([time, Labels["berth.service"], Names[0], text].join(" "));
  });
  for (const one of entries) take(JSON.stringify(one));
  return lines;
}

test("a line of the journal's is one of its container's, at the time at which it was written", () => {
  assert.deepEqual(shown(entry), ["2024-11-28T11:42:03.004567000Z api /api-1-1a2b3c4 started"]);
});

test("a line with colours, which the journal has as bytes, is shown without them", () => {
  const bytes = [...Buffer.from("\u001b[31mrot é\u001b[0m\u0007")];
  assert.deepEqual(
    shown({ ...entry, MESSAGE: bytes }).map((line) => line.split(" ").slice(3).join(" ")),
    ["rot é"],
  );
});

test("a line that Docker cut is one again, whatever another container wrote between", () => {
  const part = { ...entry, CONTAINER_PARTIAL_MESSAGE: "true" };
  const texts = shown(
    { ...part, MESSAGE: "one " },
    { ...entry, CONTAINER_ID_FULL: other, MESSAGE: "between" },
    { ...part, MESSAGE: "and " },
    { ...entry, MESSAGE: "whole" },
    { ...entry, MESSAGE: "next" },
  ).map((line) => line.split("/api-1-1a2b3c4 ")[1]);
  assert.deepEqual(texts, ["between", "one and whole", "next"]);
});

test("what is no entry of Docker's is no line", () => {
  assert.equal(journalEntry("sudo: a password is required"), undefined);
  assert.equal(journalEntry('{"MESSAGE":"of somebody else","__REALTIME_TIMESTAMP":"1"}'), undefined);
  assert.equal(journalEntry("null"), undefined);
});

test("journals are asked where a stack's containers log there, by its settings or by what has been made", () => {
  const state = (logDriver: string): Checkpoint => ({
    resources: [{ urn: "urn:pulumi:prod::berth::x::api", type: containerType, inputs: { logDriver } }],
    pending: [],
    outputs: {},
    exported: { version: 3, deployment: {} },
  });
  const existing = { "berth:host": { kind: "existing" } };
  const journald = { "berth:logging": { driver: "journald" } };
  assert.equal(isJournaled({ ...existing, ...journald }, undefined), true);
  assert.equal(isJournaled(existing, state("journald")), true);
  assert.equal(isJournaled({ "berth:host": { kind: "gce" } }, undefined), true);
  assert.equal(isJournaled(existing, state("local")), false);
  assert.equal(
    isJournaled({ "berth:host": { kind: "gce" }, "berth:logging": { driver: "local" } }, undefined),
    false,
  );
});

/** What the command prints on a machine whose journal has these lines, and with which words it was asked. */
async function printed(query: Partial<Parameters<typeof journalCommand>[0]>, lines: string[]) {
  const command = journalCommand({ stack: "prod", services: [], present: [], ...query });
  const stubs = [
    "id() { echo 0; }",
    `journalctl() { echo "$@" >&2; printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")}; }`,
  ];
  const { stdout, stderr, exitCode } = await execa("dash", ["-c", [...stubs, command].join("\n")], {
    reject: false,
  });
  return { stdout, words: stderr, exitCode };
}

test("the machine is asked for the stack's lines of Docker's alone, of the time and the services that are meant", async () => {
  const query = { services: ["api", "it's"], since: 1732790000, until: 1732794000 };
  const { words } = await printed(query, ["{}"]);
  assert.equal(
    words,
    "--quiet --no-pager --all --output=json --output-fields=MESSAGE,CONTAINER_NAME,CONTAINER_ID_FULL,CONTAINER_PARTIAL_MESSAGE,BERTH_SERVICE --since=@1732790000 --until=@1732794000 _UID=0 _COMM=dockerd BERTH_STACK=prod BERTH_SERVICE=api BERTH_SERVICE=it's",
  );
});

test("lines of containers that are there stay on the machine, since Docker tells them", async () => {
  const lines = [`{"CONTAINER_ID_FULL":"${id}"}`, `{"CONTAINER_ID_FULL":"${other}"}`];
  const mention = `{"CONTAINER_ID_FULL":"${other}","MESSAGE":"${id} is gone"}`;
  const some = await printed({ present: [id] }, [...lines, mention]);
  assert.deepEqual(some.stdout.split("\n"), [lines[1], mention, "@ended 0"]);
  const none = await printed({ present: [id, other] }, lines);
  assert.deepEqual([none.stdout, none.exitCode], ["@ended 0", 0]);
});

test("a journalctl that fails isn't taken for a journal with nothing in it", async () => {
  const command = journalCommand({ stack: "prod", services: [], present: [id] });
  const failing = "id() { echo 0; }\njournalctl() { echo no rights >&2; return 3; }\n";
  const { stdout } = await execa("dash", ["-c", failing + command]);
  assert.equal(stdout, "@ended 3");
});

test("a user who may not read it makes an error, and a machine without a journal none", async () => {
  const query = { stack: "prod", services: [], present: [] };
  const refused = [
    "id() { echo 1000; }",
    "journalctl() { :; }",
    "sudo() { echo no password >&2; return 1; }",
  ];
  const first = await execa("dash", ["-c", [...refused, journalCommand(query)].join("\n")], {
    reject: false,
  });
  assert.deepEqual([first.exitCode, first.stderr], [1, "no password"]);
  const nowhere = { env: { PATH: "/nowhere" }, extendEnv: false, reject: false };
  assert.equal((await execa("/bin/dash", ["-c", journalCommand(query)], nowhere)).exitCode, 0);
});
