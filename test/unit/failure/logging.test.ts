import assert from "node:assert/strict";
import { test } from "vitest";
import { loggingReason } from "../../../cli/failure/logging.ts";

test("a log driver that doesn't begin is told by the setting, not by the image", () => {
  const text =
    "error while starting container: Error response from daemon: failed to create task for container: failed to initialize logging driver: dial tcp 127.0.0.1:601: connect: connection refused\n";
  assert.equal(
    loggingReason(text),
    'logging: must be taken by its driver before a container starts, got "dial tcp 127.0.0.1:601: connect: connection refused"; start the collector, or change logging',
  );
});

test("any other failure is somebody else's to explain", () => {
  assert.equal(loggingReason("no such image: registry.example/api:2"), undefined);
});
