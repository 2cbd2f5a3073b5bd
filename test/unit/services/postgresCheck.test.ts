import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "vitest";
import { checkScript } from "../../../services/postgres/postgres.check.ts";

/** Ends as it would in an image whose `postgres` says this, on data whose PG_VERSION says that. */
function check(t: TestContext, says: string, made: string | undefined, command: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "berth-postgres-check-"));
  t.onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, "postgres"), `#!/bin/sh\necho "${says}"\n`, { mode: 0o755 });
  if (made !== undefined) writeFileSync(join(folder, "PG_VERSION"), `${made}\n`);
  const env = { PATH: `${folder}:${process.env.PATH}`, PGDATA: folder };
  const words = ["-c", checkScript, "postgres-check", "postgres", "shop/postgres:next", ...command];
  const { status, stdout, stderr } = spawnSync("/bin/sh", words, { env, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

describe("the check of a database's image", () => {
  const fitting = [
    ["postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", "15"],
    ["postgres (PostgreSQL) 18beta1", "18"],
    ["postgres (PostgreSQL) 17", "17"],
    ["postgres (PostgreSQL) 9.6.24", "9.6"],
    ["postgres (PostgreSQL) 17.6", undefined],
  ] as const;
  for (const [says, made] of fitting)
    it(`lets ${says} have data of ${made ?? "nobody"}`, (t) => {
      assert.deepEqual(check(t, says, made), { status: 0, output: "" });
    });

  const unfitting = [
    ["postgres (PostgreSQL) 17.6 (Debian 17.6-1.pgdg13+1)", "15", "17.6"],
    ["postgres (PostgreSQL) 15.14", "17", "15.14"],
    ["postgres (PostgreSQL) 15.14", "1", "15.14"],
    ["postgres (PostgreSQL) 9.6.24", "9.5", "9.6.24"],
  ] as const;
  for (const [says, made, version] of unfitting)
    it(`refuses ${says} on data of ${made}`, (t) => {
      assert.deepEqual(check(t, says, made, ["echo", "went on"]), {
        status: 1,
        output: `images.postgres: must hold PostgreSQL ${made}, which made the data, got ${version} in shop/postgres:next; put an image of PostgreSQL ${made} back, or, for a later version, have berth upgrade postgres move the data\n`,
      });
    });

  it("ends with the command that reads the file, and as that does", (t) => {
    const refused = ["sh", "-c", "echo unrecognized parameter; exit 3"];
    const read = check(t, "postgres (PostgreSQL) 15.14", "15", refused);
    assert.deepEqual(read, { status: 3, output: "unrecognized parameter\n" });
  });
});
