import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { backupFolderProblem } from "../../../cli/preflight/sources.ts";
import { parseSettings } from "../../../settings.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-backup-to-"));
  await mkdir(join(folder, "backups"));
  await writeFile(join(folder, "note"), "");
});
afterAll(() => rm(folder, { recursive: true }));

it("a folder for backups may be there or come, and is neither a file nor below one", async () => {
  const problems = (path: string) =>
    backupFolderProblem(parseSettings({ system: "loc8", backup: { to: join(folder, path) } }).backup);
  expect(await problems("backups")).toEqual([]);
  expect(await problems("later")).toEqual([]);
  const rule = "backup.to: must be a folder of this machine, got";
  expect(await problems("note")).toEqual([`${rule} the file "${folder}/note"`]);
  expect(await problems("note/inner")).toEqual([`${rule} "${folder}/note/inner", below a file`]);
  expect(await backupFolderProblem(undefined)).toEqual([]);
});
