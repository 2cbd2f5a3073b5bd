import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withVerdict } from "../../../cli/drill/verdict.ts";
import { inScript } from "./shell.ts";

/** What a drill that says this and ends so is known for, and what a person reads of it. */
async function verdict(lines: string[], ok: boolean) {
  const read: string[] = [];
  const reasons: string[] = [];
  const drill = (say: (line: string) => void) => {
    for (const line of lines) say(line);
    return Promise.resolve(ok);
  };
  const result = await withVerdict(
    drill,
    (line) => read.push(line),
    (reason) => Promise.resolve(reasons.push(reason)),
  );
  expect(result).toBe(ok);
  expect(read).toEqual(lines);
  return reasons;
}

test("a backup that the release can't work with is known by the last that was said of it, and no other is", async () => {
  const unwell = "drill: app must become healthy with the backup, and doesn't";
  expect(await verdict(["drill: postgres is healthy with it", unwell], false)).toEqual([unwell]);
  const role = 'backup: database docsai: role "stranger" does not exist';
  for (const end of ["backup: nothing was changed", "backup: ended half way: volume media as in the backup"])
    expect(await verdict([role, end], false)).toEqual([
      'drill: database docsai: role "stranger" does not exist',
    ]);
  expect(await verdict(["drill: app is healthy with it"], true)).toEqual([]);
});

test("a drill that breaks is known for that too", async () => {
  const reasons: string[] = [];
  const broken = withVerdict(
    () => Promise.reject(new Error("no such image: app:2")),
    () => undefined,
    (reason) => Promise.resolve(reasons.push(reason)),
  );
  await expect(broken).rejects.toThrow("no such image");
  expect(reasons).toEqual(["drill: no such image: app:2"]);
});

test("what makes backups writes it down for status and metrics", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-backup-unfit-"));
  await mkdir(join(folder, "state/www"), { recursive: true });
  await inScript(folder, "", `echo 0 >"$state/drill_result"; unfit "drill: app isn't well"`);
  const held = (name: string) => readFile(join(folder, "state", name), "utf8");
  expect(await held("drill_reason")).toBe("drill: app isn't well\n");
  expect(await held("www/metrics.txt")).toMatch(/^berth_drill_exit_code 1$/m);
  await rm(folder, { recursive: true });
});
