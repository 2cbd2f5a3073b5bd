import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { copyScript, shelfScript } from "../../../../cli/upgrade/scripts.ts";
import { killedAtMove } from "../../../tools/killedAtMove.ts";
import { fromPypi } from "../../../tools/pypi.ts";

const shellcheck = await fromPypi("shellcheck");

test("shellcheck finds nothing in the scripts", async (t) => {
  if ("missing" in shellcheck) {
    t.skip(shellcheck.missing);
    return;
  }
  const check = (input: string) => execa(shellcheck.program, ["--shell=sh", "-"], { input, reject: false });
  for (const script of [copyScript(), shelfScript()]) assert.equal((await check(script)).stdout, "");
  assert.match((await check(`${copyScript()}\necho $unquoted`)).stdout, /SC2086/);
});

test("a column's number of its version is left out of a dump, and rows pass as they are", async () => {
  const [filter = ""] = /^without_numbers\(\) \{$[^]*?^\}$/m.exec(copyScript()) ?? [];
  const column = "ALTER TABLE ONLY public.orders ALTER COLUMN line SET";
  const rows = ["COPY public.orders (line) FROM stdin;", `${column} (pg_attver=26501392);`, "\\."];
  const input = [
    `${column} (pg_attver=26501392);`,
    `${column} (n_distinct=5, pg_attver=26501392);`,
    `${column} (pg_attver=26501392, n_distinct=5);`,
    `${column} (n_distinct=5);`,
    ...rows,
    `${column} (pg_attver=1);`,
    "SELECT 'pg_attver=1';",
  ];
  const { stdout } = await execa("sh", ["-c", `${filter}\nwithout_numbers`], {
    input: `${input.join("\n")}\n`,
  });
  const left = `${column} (n_distinct=5);`;
  expect(stdout.split("\n")).toEqual([left, left, left, ...rows, "SELECT 'pg_attver=1';"]);
});

test.each([
  [
    "berth_former_shop",
    "upgrade: must be a database without a restore that ended half way, got berth_former_shop; berth restore gives all of it back",
  ],
  [
    "old, berth_former_shop",
    "upgrade: must be a database without a restore that ended half way, got old, berth_former_shop; berth restore gives all of it back",
  ],
  [
    "old, my_berth_1",
    "upgrade: must be let into every database, got old, my_berth_1 closed; ALTER DATABASE … ALLOW_CONNECTIONS true",
  ],
])("%s closed isn't copied", async (closed, problem) => {
  const [check = ""] = /^check_old\(\) \{$[^]*?^\}$/m.exec(copyScript()) ?? [];
  const stubs = `ask() { case $4 in *datallowconn*) echo "${closed}" ;; esac; }
fail() { echo "$*"; exit 1; }
old=socket`;
  const { exitCode, stdout } = await execa("sh", ["-c", `${stubs}\n${check}\ncheck_old`], { reject: false });
  assert.deepEqual([exitCode, stdout], [1, problem]);
});

describe("data beside other data", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "berth-shelf-"));
    await cluster("pgdata", "15");
  });
  afterEach(() => rm(root, { recursive: true }));

  async function cluster(name: string, version: string, more: Record<string, string> = {}): Promise<void> {
    await mkdir(join(root, name));
    for (const [file, text] of Object.entries({ PG_VERSION: `${version}\n`, ...more }))
      await writeFile(join(root, name, file), text);
  }

  const shelf = (...words: string[]) => run(shelfScript(), words);

  async function run(script: string, words: string[]) {
    const env = { PGDATA: join(root, "pgdata") };
    const command = ["-c", script, "shelf", ...words];
    const { exitCode, stdout, stderr } = await execa("sh", command, { env, reject: false });
    return { code: exitCode, lines: `${stdout}${stderr}`.replaceAll(root, "ROOT").split("\n") };
  }

  const versions = async () => {
    const folders = (await readdir(root)).sort();
    const read = (folder: string) => readFile(join(root, folder, "PG_VERSION"), "utf8");
    return Promise.all(folders.map(async (folder) => `${folder} ${(await read(folder)).trim()}`));
  };

  test("is listed with what ran it; a copy that isn't whole is left out", async () => {
    await cluster("pgdata.14", "14", { "berth-image": "postgres:14\n" });
    await cluster("pgdata.part", "17");
    const { code, lines } = await shelf("look");
    expect(code).toBe(0);
    expect(lines.map((line) => line.replace(/^(\w+ \S+) \d+ /, "$1 SIZE "))).toEqual([
      "used 15 SIZE ",
      "kept 14 SIZE postgres:14",
    ]);
    assert.deepEqual(await versions(), ["pgdata 15", "pgdata.14 14"]);
  });

  test("isn't what somebody else keeps there, which no command would find by its version", async () => {
    await cluster("pgdata.bak", "14");
    const { code, lines } = await shelf("look");
    assert.deepEqual([code, lines.map((line) => line.split(" ")[0])], [0, ["used"]]);
    assert.deepEqual(await versions(), ["pgdata 15", "pgdata.bak 14"]);
  });

  test("is made by a server where there is none yet, and left alone then", async () => {
    await rm(join(root, "pgdata"), { recursive: true });
    await cluster("pgdata.part", "17");
    assert.deepEqual(await shelf("look"), { code: 0, lines: [""] });
    assert.deepEqual(await versions(), ["pgdata.part 17"]);
  });

  test("takes its place and gives it back, and both know what ran them", async () => {
    await cluster("pgdata.part", "17");
    expect(await shelf("swap", "part", "postgres:15")).toEqual({ code: 0, lines: [""] });
    expect(await versions()).toEqual(["pgdata 17", "pgdata.15 15"]);
    expect((await shelf("swap", "15", "shop/postgres:17")).code).toBe(0);
    expect(await versions()).toEqual(["pgdata 15", "pgdata.17 17"]);
    expect((await shelf("look")).lines.at(-1)).toMatch(/^kept 17 \d+ shop\/postgres:17$/);
    expect((await shelf("drop", "17")).code).toBe(0);
    expect(await versions()).toEqual(["pgdata 15"]);
  });

  test("is left alone where there is none to take its place", async () => {
    const { code, lines } = await shelf("swap", "14", "postgres:15");
    expect([code, lines]).toEqual([1, ["upgrade: must have the data of ROOT/pgdata.14, got no such folder"]]);
    expect(await versions()).toEqual(["pgdata 15"]);
  });

  test.each(["pgdata", "pgdata.part"])(
    "is left alone where the server of %s hasn't stopped",
    async (name) => {
      await cluster("pgdata.part", "17");
      await writeFile(join(root, name, "postmaster.pid"), "1\n");
      const { code, lines } = await shelf("swap", "part", "postgres:15");
      expect([code, lines]).toEqual([
        1,
        [`upgrade: must be data of a server that has stopped, got ROOT/${name}/postmaster.pid`],
      ]);
      expect(await versions()).toEqual(["pgdata 15", "pgdata.part 17"]);
    },
  );

  test.each([2, 3])("is back in its place after a swap that was killed at its move %d", async (move) => {
    await cluster("pgdata.part", "17");
    await run(killedAtMove(move) + shelfScript(), ["swap", "part", "postgres:15"]);
    const half = await readdir(root);
    expect(half).toContain("pgdata.part");
    expect(half.includes("pgdata")).toBe(move === 2);
    const { code, lines } = await shelf("look");
    expect(code).toBe(0);
    expect(lines.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual(["used 15", "kept 17"]);
    expect(await versions()).toEqual(["pgdata 15", "pgdata.17 17"]);
  });

  test("is back in its place though a server was started meanwhile, which removes what it can of the copy", async () => {
    await cluster("pgdata.part", "17");
    await run(killedAtMove(3) + shelfScript(), ["swap", "part", "postgres:15"]);
    for (const name of await readdir(join(root, "pgdata.part")))
      if (name !== "shut") await rm(join(root, "pgdata.part", name), { recursive: true });
    assert.equal((await shelf("look")).code, 0);
    assert.deepEqual(await versions(), ["pgdata 15", "pgdata.17 17"]);
  });

  test("is looked at again after a mend that was killed when half of its traces were gone", async () => {
    await cluster("pgdata.part", "17");
    await run(killedAtMove(3) + shelfScript(), ["swap", "part", "postgres:15"]);
    const halfRemoved = 'rm() { command rm -rf "$PGDATA.part/shut"; kill -9 $$; }\n';
    await run(halfRemoved + shelfScript(), ["look"]);
    assert.equal((await shelf("look")).code, 0);
    assert.deepEqual(await versions(), ["pgdata 15", "pgdata.17 17"]);
  });

  test("is never put where something is", async () => {
    await cluster("pgdata.part", "17");
    await cluster("pgdata.15", "15");
    const { code, lines } = await shelf("swap", "part", "postgres:15");
    expect([code, lines]).toEqual([
      1,
      ["upgrade: must have no other folder ROOT/pgdata.15, got one; look at it, and move it away"],
    ]);
    expect(await versions()).toEqual(["pgdata 15", "pgdata.15 15", "pgdata.part 17"]);
  });
});
