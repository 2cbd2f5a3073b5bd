import assert from "node:assert/strict";
import { test } from "vitest";
import { Board } from "../../../cli/board/board.ts";
import { containerType } from "../../../cli/state/checkpoint.ts";

test("a service's failure is one line, however many of its containers fail one after the other", () => {
  const board = new Board(["api"]);
  const change = (kind: "begin" | "fail", name: string) => ({
    ...{ kind, op: "create", urn: name, type: containerType, name, service: "api", role: "service" },
  });
  const texts = [
    change("begin", "api-1"),
    change("begin", "api-2"),
    change("fail", "api-2"),
    change("fail", "api-1"),
  ].map((one, second) => {
    board.apply(one, second);
    return board.line("api").text;
  });
  assert.deepEqual(texts.slice(2), ["api-2 failed to start", "api-2 failed to start"]);
});
