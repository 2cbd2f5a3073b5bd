import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "vitest";
import { checkScript } from "../../../services/postgres/postgres.check.ts";

/**
 * Ends as it would in an image whose `postgres` says this, where these files are beside it; data is in `pgdata`. Its
 * folder reads as ROOT.
 */
function checkFiles(t: TestContext, says: string, files: Record<string, string>, command: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "berth-postgres-check-"));
  t.onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, "postgres"), `#!/bin/sh\necho "${says}"\n`, { mode: 0o755 });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const env = { PATH: `${folder}:${process.env.PATH}`, PGDATA: join(folder, "pgdata") };
  const words = ["-c", checkScript, "postgres-check", "postgres", "shop/postgres:next", ...command];
  const { status, stdout, stderr } = spawnSync("/bin/sh", words, { env, encoding: "utf8" });
  return { status, output: (stdout + stderr).replaceAll(folder, "ROOT") };
}

/** The same on data whose PG_VERSION says that. */
function check(t: TestContext, says: string, made: string | undefined, command: string[] = []) {
  const files: Record<string, string> = made === undefined ? {} : { "pgdata/PG_VERSION": `${made}\n` };
  return checkFiles(t, says, files, command);
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

  it("refuses to begin anew where an upgrade was killed between two names of the data", (t) => {
    const files = { "pgdata.15/PG_VERSION": "15\n", "pgdata.aside": "15\n" };
    assert.deepEqual(checkFiles(t, "postgres (PostgreSQL) 15.14", files), {
      status: 1,
      output:
        "services.postgres: must have its data in ROOT/pgdata, got it in ROOT/pgdata.15, where an upgrade that was killed left it; berth upgrade postgres puts it back\n",
    });
  });

  it("lets a new volume be, and one whose first server was killed on its way", (t) => {
    const files = { "pgdata.part/PG_VERSION": "15\n" };
    assert.deepEqual(checkFiles(t, "postgres (PostgreSQL) 17.6", files), { status: 0, output: "" });
  });

  it("ends with the command that reads the file, and as that does", (t) => {
    const refused = ["sh", "-c", "echo unrecognized parameter; exit 3"];
    const read = check(t, "postgres (PostgreSQL) 15.14", "15", refused);
    assert.deepEqual(read, { status: 3, output: "unrecognized parameter\n" });
  });
});
