import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { expect, it } from "vitest";
import { watchCrashes } from "../../../cli/failure/crashWatch.ts";

it("a watch for crashes survives what it can't read, and a machine that goes away", async () => {
  const stream = new PassThrough();
  const docker = { getEvents: () => Promise.resolve(stream) } as unknown as Docker;
  const failures: unknown[] = [];
  const heard = (failure: unknown): void => void failures.push(failure);
  process.on("uncaughtException", heard).on("unhandledRejection", heard);
  const watch = await watchCrashes(docker, "any");
  stream.write("{ not JSON\n");
  await new Promise(setImmediate);
  stream.destroy(new Error("aborted"));
  await new Promise(setImmediate);
  watch.stop();
  process.off("uncaughtException", heard).off("unhandledRejection", heard);
  expect(failures).toEqual([]);
});
