import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inScript } from "./shell.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-backup-called-off-"));
  await mkdir(join(folder, "state"));
});
afterEach(() => rm(folder, { recursive: true }));

test("what was begun with a token ends by it with all that it began, and by no other", async () => {
  const { words } = await inScript(
    folder,
    "",
    `setsid sh -c ': >"$0"; sleep 60; :' "$state/there" run 1f2e3d4c &
     until [ -e "$state/there" ]; do :; done
     end 00000000; [ ! -e "$state/called_off" ] && kill -0 "$!" && echo "goes on"
     end 1f2e3d4c; code=0; wait "$!" || code=$?; echo "$code"; cat "$state/called_off"; :`,
  );
  expect(words).toBe("goes on\n143\n1f2e3d4c");
});

test.each([
  ["ended 1", "1f2e3d4c", []],
  ["ended 1", "", ["failure", "reason", "result", "seconds"]],
  ["ended 1", "5b6a7988", ["failure", "reason", "result", "seconds"]],
  ["drilled 1", "1f2e3d4c", []],
  ["drilled 143", "", []],
  ["drilled 1", "", ["drill_reason", "drill_result"]],
])("%s of a run with the token %j writes down %j", async (end, token, written) => {
  const stubs = "metrics() { :; }; stop_scratch() { :; }; begun=1;";
  await inScript(folder, stubs, `echo 1f2e3d4c >"$state/called_off"; token=${token}; ${end}`);
  const found = await readdir(join(folder, "state"));
  expect(found.filter((name) => name !== "called_off").sort()).toEqual(written);
});
