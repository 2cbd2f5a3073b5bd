import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { it } from "vitest";
import { replaceFile } from "../../../cli/replaceFile.ts";

it("a file that is replaced has all of its text and the mode it had, through a link too, and nothing is left beside it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-replace-"));
  try {
    const file = join(folder, "Pulumi.dev.yaml");
    await writeFile(file, "old", { mode: 0o640 });
    await symlink(file, join(folder, "link"));
    await replaceFile(join(folder, "link"), "new");
    assert.equal(await readFile(file, "utf8"), "new");
    assert.equal((await stat(file)).mode & 0o777, 0o640);
    await replaceFile(join(folder, "made"), "new");
    assert.equal((await stat(join(folder, "made"))).mode & 0o777, 0o600);
    // A folder can't be replaced by a file.
    await assert.rejects(replaceFile(folder, "new"));
    assert.deepEqual((await readdir(folder)).sort(), ["Pulumi.dev.yaml", "link", "made"]);
    assert.deepEqual(
      (await readdir(dirname(folder))).filter((name) => name.startsWith(`${basename(folder)}.`)),
      [],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
