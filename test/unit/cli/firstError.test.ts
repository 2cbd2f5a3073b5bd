import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { logFacts } from "../../../cli/failure/candidates.ts";
import { failureLines } from "../../../cli/failure/text.ts";
import { checkResult } from "../../../components/containers/job.ts";
import { firstError } from "../../../lib/firstError.ts";

/** What programs really wrote, each made to fail in a container. */
function logOf(name: string): string[] {
  return readFileSync(join(import.meta.dirname, `logs/${name}.txt`), "utf8")
    .trimEnd()
    .split("\n");
}

const causes: [log: string, first: string, last: string][] = [
  ["gunicorn", "Traceback (most recent call last):", "ModuleNotFoundError: No module named 'nothing'"],
  ["celery", "Traceback (most recent call last):", "KeyError: 'PAYMENT_KEY'"],
  ["uvicorn", "Traceback (most recent call last):", "SyntaxError: invalid syntax"],
  [
    "alembic",
    "Traceback (most recent call last):",
    "\tIs the server running on that host and accepting TCP/IP connections?",
  ],
  ["node", "Error: Cannot find module 'express'", "  requireStack: [ '/[eval]' ]"],
  ["nodefetch", "TypeError: fetch failed", "  [cause]: Error: bad port"],
  [
    "java",
    'Exception in thread "main" java.lang.IllegalStateException: could not start',
    "Caused by: java.lang.IllegalArgumentException: jdbc url is empty",
  ],
  ["go", "panic: runtime error: invalid memory address or nil pointer dereference", "\t/src/main.go:5 +0x4c"],
];

test.each(causes)("finds what went wrong first in the log of %s", (name, first, last) => {
  const found = firstError(logOf(name));
  assert.deepEqual([found[0], found.at(-1)], [first, last]);
  assert.ok(found.length <= 12, `${found.length} lines`);
});

test("keeps what pydantic says of each field", () => {
  const found = firstError(logOf("pydantic"));
  assert.deepEqual(found.slice(6), [
    "pydantic_core._pydantic_core.ValidationError: 2 validation errors for S",
    "SECRET_KEY",
    "  Field required [type=missing, input_value={}, input_type=dict]",
    "    For further information visit https://errors.pydantic.dev/2.14/v/missing",
    "PORT",
    "  Field required [type=missing, input_value={}, input_type=dict]",
  ]);
});

const lines: [text: string, found: string[]][] = [
  ["starting\nready\n", []],
  ["0 errors, no failure", []],
  [
    "up\n2026/11/26 10:00:00 [emerg] 1#1: mkdir() failed\nbye",
    ["2026/11/26 10:00:00 [emerg] 1#1: mkdir() failed"],
  ],
  ["sh: 1: uvicorn: not found", ["sh: 1: uvicorn: not found"]],
  ['{"level":"error","msg":"no key"}\nend', ['{"level":"error","msg":"no key"}']],
  ["\u001b[31mERROR\u001b[0m no wind", ["ERROR no wind"]],
  ["ERROR first\nError: second\n    at x", ["Error: second", "    at x"]],
  [
    "thread 'main' panicked at src/main.rs:2:5:\nno wind\nnote: run with RUST_BACKTRACE=1",
    ["thread 'main' panicked at src/main.rs:2:5:", "no wind"],
  ],
  [
    "a.rb:1:in 'require': cannot load such file -- x (LoadError)\n\tfrom a.rb:1",
    ["a.rb:1:in 'require': cannot load such file -- x (LoadError)", "\tfrom a.rb:1"],
  ],
];

test.each(lines)("of %j it is %j", (text, found) => {
  assert.deepEqual(firstError(text.split("\n")), found);
});

const entry = (second: number, text: string) => ({ time: `2026-11-26T10:00:0${second}.000000000Z`, text });

test("a container that crashes again and again is told by its last start", () => {
  const log = [
    entry(1, "ERROR old"),
    entry(2, "ERROR new"),
    ...Array.from({ length: 30 }, () => entry(3, "end")),
  ];
  const { cause, log: end } = logFacts(log, "2026-11-26T10:00:02Z");
  assert.deepEqual([cause, end.length], [["ERROR new"], 20]);
  assert.deepEqual(logFacts(log, "2026-11-26T10:00:09Z").cause, ["ERROR old"]);
});

test("an error that the last lines hold isn't told twice", () => {
  assert.deepEqual(logFacts([entry(1, "ERROR new"), entry(1, "end")], ""), {
    cause: [],
    log: ["ERROR new", "end"],
  });
});

test("nor is one that the last lines say in another's words", () => {
  const lines = logOf("alembic").map((text) => entry(1, text));
  assert.match(
    lines.at(-3)?.text ?? "",
    /^sqlalchemy\.exc\.OperationalError: \(psycopg\.OperationalError\) /,
  );
  assert.deepEqual(logFacts(lines, "").cause, []);
});

test("nor is one whose way alone is above the last lines", () => {
  const lines = logOf("gunicorn").map((text) => entry(1, text));
  const upToFirst = lines.findIndex(({ text }) => text.startsWith("ModuleNotFoundError"));
  assert.deepEqual(logFacts(lines.slice(0, upToFirst + 2), "").cause, []);
  assert.notDeepEqual(logFacts(lines, "").cause, []);
});

test("a failure shows the first error before the last lines", () => {
  const failure = { service: "api", container: "api-1", reason: "ended", servesStill: true };
  assert.deepEqual(failureLines({ ...failure, cause: ["KeyError: 'X'"], log: ["HaltServer"] }), [
    "api failed: ended",
    "  the first error in its log:",
    "    KeyError: 'X'",
    "  the last 1 lines of api-1:",
    "    HaltServer",
    "  the release before it still serves",
  ]);
});

test("a job that failed tells its first error too, where the end of its log hasn't it", () => {
  const log = `${logOf("celery").join("\n")}\n${"more\n".repeat(30)}`;
  const result = { name: "migration", exitCode: 1, urn: "urn", log };
  assert.throws(() => {
    checkResult(result);
  }, /The first error in its log:\nTraceback [^]*KeyError: 'PAYMENT_KEY'\nThe end of its log:\nmore\n/);
  assert.throws(
    () => {
      checkResult({ ...result, log: "ERROR no wind" });
    },
    { message: /"urn"\)\. The end of its log:\nERROR no wind$/ },
  );
});
