import assert from "node:assert/strict";
import { test } from "vitest";
import { Board } from "../../../cli/board/board.ts";
import { containerType, serviceType } from "../../../cli/state/checkpoint.ts";

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

test("an update of a swarm's service is a release of it, and of anything else none", () => {
  const board = new Board(["api", "web"]);
  const change = (kind: "begin" | "end" | "fail", service: string, type: string) => ({
    ...{ kind, op: "update", urn: service, type, name: service, service, role: "service" },
  });
  board.apply(change("begin", "api", serviceType), 0);
  assert.equal(board.line("api").text, "starting");
  board.apply(change("end", "api", serviceType), 5000);
  assert.equal(board.line("api").text, "healthy in 5.0 s");
  board.apply(change("fail", "api", serviceType), 6000);
  assert.equal(board.line("api").text, "api failed to start");
  board.apply(change("begin", "web", containerType), 0);
  board.apply(change("end", "web", containerType), 1000);
  assert.equal(board.line("web").text, "unchanged");
});
