import * as pulumi from "@pulumi/pulumi";
import { expect, it, vi } from "vitest";
import { log } from "../../stack/sendImages.ts";

it("an image that is sent for long is a few lines of a log, not one for each megabyte", () => {
  vi.useFakeTimers({ now: 0 });
  const lines: unknown[] = [];
  const info = vi.spyOn(pulumi.log, "info").mockImplementation((text, _resource, _stream, ephemeral) => {
    lines.push([text, ephemeral]);
    return Promise.resolve();
  });
  const step = log.step("image api:1");
  for (let megabyte = 1; megabyte <= 215; megabyte++) {
    step.note(`${megabyte} of 215 MB`);
    vi.advanceTimersByTime(100);
  }
  step.done("sent");
  info.mockRestore();
  vi.useRealTimers();
  expect(lines).toEqual([
    ["image api:1: 1 of 215 MB", true],
    ["image api:1: 101 of 215 MB", true],
    ["image api:1: 201 of 215 MB", true],
    ["image api:1: sent", false],
  ]);
});
