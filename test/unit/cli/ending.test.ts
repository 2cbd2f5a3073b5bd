import { expect, it } from "vitest";
import { isLeftOff } from "../../../cli/engine/ending.ts";

const leftOff = (message: string, severity: "error" | "warning" = "error") =>
  isLeftOff({ sequence: 1, timestamp: 1, diagnosticEvent: { message, severity, color: "never" } });

it("what the engine leaves off when it is given up is known from what failed by itself", () => {
  // Each from a preview of the engine's that was given up, or from grpc-go (status/status.go, internal/transport).
  const question = "invocation of docker:index/getNetwork:getNetwork returned an error: ";
  expect(leftOff(`${question}grpc: the client connection is closing`)).toBe(true);
  expect(leftOff("rpc error: code = Canceled desc = context canceled")).toBe(true);
  expect(leftOff(`${question}network any: not found`)).toBe(false);
  expect(leftOff("error: could not write the event log: no space left on device")).toBe(false);
  expect(leftOff("grpc: the client connection is closing", "warning")).toBe(false);
  expect(isLeftOff({ sequence: 1, timestamp: 1, cancelEvent: {} })).toBe(false);
});
