import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { levelOf, logFilter } from "../../../cli/docker/logFilter.ts";

describe("the level of a line", () => {
  const lines: [line: string, level: ReturnType<typeof levelOf>][] = [
    ["2026-11-26 17:00:00.123 UTC [1] LOG:  database system is ready to accept connections", "info"],
    ['2026-11-26 17:00:00.123 UTC [71] ERROR:  relation "items" does not exist at character 15', "error"],
    ["2026-11-26 17:00:00.123 UTC [71] STATEMENT:  SELECT * FROM items", undefined],
    ['2026-11-26 17:00:00.123 UTC [72] FATAL:  password authentication failed for user "app"', "critical"],
    ["1:M 26 Nov 2026 17:00:00.123 # WARNING Memory overcommit must be enabled!", "warning"],
    ["1:M 26 Nov 2026 17:00:00.123 * Ready to accept connections tcp", "info"],
    ["2026/11/26 17:00:00 [error] 7#7: *1 connect() failed (111: Connection refused)", "error"],
    ["2026/11/26 17:00:00 [warn] 7#7: 4096 worker_connections exceed open file limit", "warning"],
    ["[Thu Nov 26 17:00:00.123456 2026] [core:crit] [pid 7] (13)Permission denied", "critical"],
    ["[2026-11-26 17:00:00 +0000] [7] [INFO] Booting worker with pid: 7", "info"],
    ["[2026-11-26 17:00:00 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:8)", "critical"],
    ["[2026-11-26 17:00:00,123: WARNING/MainProcess] Substantial drift", "warning"],
    ['INFO:     127.0.0.1:5000 - "GET /health HTTP/1.1" 200 OK', "info"],
    ["WARNING:root:careful", "warning"],
    ["2026-11-26 17:00:00,123 - app.db - ERROR - no connection", "error"],
    [
      "2026-11-26T17:00:00.123Z ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed",
      "error",
    ],
    ["17:00:00.123 [main] DEBUG com.acme.Api - starting", "debug"],
    ['ts=2026-11-26T17:00:00Z caller=main.go:1 level=warn msg="slow"', "warning"],
    ['{"level":"error","msg":"failed"}', "error"],
    ['{"level":60,"time":1,"msg":"pino is dying"}', "critical"],
    ['{"level":30,"time":1,"msg":"pino"}', "info"],
    ['{"severity":"NOTICE","message":"x"}', "info"],
    ['{"time":"2026-11-26T17:00:00+00:00","path":"/","status":"502"}', "error"],
    ['{"time":"2026-11-26T17:00:00+00:00","path":"/","status":"404"}', "warning"],
    ['{"half":', undefined],
    ['10.0.0.1 - - [26/Nov/2026:17:00:00 +0000] "GET /error HTTP/1.1" 200 12 "-" "curl"', "info"],
    ['10.0.0.1 - - [26/Nov/2026:17:00:00 +0000] "GET / HTTP/1.1" 503 12 "-" "curl"', "error"],
    ["Error: Cannot find module 'express'", "error"],
    ["panic: runtime error: index out of range", "critical"],
    ["Traceback (most recent call last):", "error"],
    ['  File "/code/app.py", line 1, in <module>', undefined],
    ["listening on port 3000, no error so far", undefined],
  ];
  for (const [line, level] of lines)
    test(`${level ?? "none"}: ${line.slice(0, 60)}`, () => {
      assert.equal(levelOf(line), level);
    });
});

describe("lines that are wanted", () => {
  const log = [
    ["a", "INFO: begins"],
    ["b", "ERROR: other"],
    ["a", "ERROR: request 7 failed"],
    ["b", "  of b"],
    ["a", "  at handler"],
    ["a", "INFO: goes on"],
    ["a", "  of nothing bad"],
  ] as const;
  const shown = (query: Parameters<typeof logFilter>[0]) => {
    const wants = logFilter(query);
    return log.filter(([container, text]) => wants(container, text)).map(([, text]) => text);
  };

  test("are all where nothing is asked", () => {
    expect(shown({})).toHaveLength(log.length);
  });
  test("take those that belong to them along, each container's own", () => {
    expect(shown({ level: "error" })).toEqual([
      "ERROR: other",
      "ERROR: request 7 failed",
      "  of b",
      "  at handler",
    ]);
  });
  test("are found by their text", () => {
    expect(shown({ pattern: /of/ })).toEqual(["  of b", "  of nothing bad"]);
    expect(shown({ pattern: /of/, level: "error" })).toEqual(["  of b"]);
  });
});
