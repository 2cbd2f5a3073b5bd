import assert from "node:assert/strict";
import { test } from "vitest";
import { liveTimeLines } from "../../tools/liveTimes.ts";

const times = [
  { file: "quick.test.ts", milliseconds: 1_240, sideBySide: true },
  { file: "slow.test.ts", milliseconds: 123_456, sideBySide: false },
  { file: "middling.test.ts", milliseconds: 60_000, sideBySide: true },
];

test("the slowest live files come first, and the sums count all of them", () => {
  assert.deepEqual(liveTimeLines(times, 2), [
    "slowest 2 of 3 live files:",
    "   123.5 s  alone         slow.test.ts",
    "    60.0 s  side by side  middling.test.ts",
    "live files alone: 1, 123.5 s in all",
    "live files side by side: 2, 61.2 s in all",
  ]);
});

test("at most 25 files are named", () => {
  const many = Array.from({ length: 40 }, (_, index) => ({
    file: `${index}.test.ts`,
    milliseconds: index * 1000,
    sideBySide: false,
  }));
  const lines = liveTimeLines(many);
  assert.deepEqual(
    [lines.length, lines[0], lines[1], lines[25]],
    [
      28,
      "slowest 25 of 40 live files:",
      "    39.0 s  alone         39.test.ts",
      "    15.0 s  alone         15.test.ts",
    ],
  );
});

test("a single file has told its time itself", () => {
  assert.deepEqual(liveTimeLines(times.slice(0, 1)), []);
});
