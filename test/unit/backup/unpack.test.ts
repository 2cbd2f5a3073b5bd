import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inScript } from "./shell.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-backup-unpack-"));
  await mkdir(join(folder, "state/work"), { recursive: true });
  await mkdir(join(folder, "volumes/media"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const newer =
  'pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"';
const ignored = (count: number) => `pg_restore: warning: errors ignored on restore: ${count}`;

/** What becomes of a dump of which pg_restore says this as it fails. */
async function unpack(...lines: string[]) {
  await writeFile(join(folder, "said"), `${lines.join("\n")}\n`);
  const stubs = `own_restic() { :; }; part() { echo id; }; pg_restore() { cat ${folder}/said >&2; return 1; };
    BACKUP_SERVERS=postgres:all;`;
  const { code, wrong } = await inScript(folder, stubs, "unpack postgres/shop -d shop");
  return [code, wrong];
}

test("what an older server doesn't know of a newer pg_restore's session is no failure", async () => {
  expect(await unpack(newer, "Command was: SET transaction_timeout = 0;", ignored(1))).toEqual([0, ""]);
});

test("whatever else fails is one, with its own words, and so is the end of a transaction", async () => {
  const role = 'pg_restore: error: could not execute query: ERROR:  role "app" does not exist';
  expect(await unpack(newer, role, ignored(2))).toEqual([1, `backup: database shop: ${role}`]);
  expect(await unpack(newer)).toEqual([1, `backup: database shop: ${newer}`]);
});

test("a dump that breaks off says why, whatever pg_restore made of it", async () => {
  const stubs = `own_restic() { fail "database shop: the storage went away"; }; part() { echo id; };
    pg_restore() { cat >/dev/null; return 0; }; BACKUP_SERVERS=postgres:all;`;
  const { code, wrong } = await inScript(folder, stubs, "unpack postgres/shop -d shop");
  expect([code, wrong]).toEqual([
    1,
    "backup: database shop: the storage went away\nbackup: database shop: the storage went away",
  ]);
});

test("a server that can't be asked is named with its reason and not with psql's hint", async () => {
  const stubs = `is_own() { return 0; }; each_server() { echo postgres; };
    sql() { printf 'psql: error: connection refused\\n\\tIs the server running?\\n' >&2; return 2; };`;
  const { code, wrong } = await inScript(folder, stubs, "drop_beside");
  expect([code, wrong]).toEqual([1, "backup: postgres: psql: error: connection refused"]);
  const { words } = await inScript(folder, stubs, "restored 1; echo its end");
  expect(words).toBe("backup: nothing was changed\nits end");
});

test("a restore leaves the reason why the last backup failed", async () => {
  const stubs = 'free_locks() { :; }; whole() { fail "restore: no"; }; flock() { :; }; drop_beside() { :; };';
  await inScript(folder, stubs, 'echo "the disk is full" >"$reason"; restore now prod');
  const { words } = await inScript(folder, "", 'cat "$reason"');
  expect(words).toBe("the disk is full");
});

test("databases need room for their log beside them, up to a gigabyte", async () => {
  const wanted = async (...sizes: number[]) => {
    const lines = sizes.map((size) => `database\tpostgres\tshop\t${size}\n`).join("");
    await writeFile(join(folder, "state/work/manifest"), lines);
    const stubs = "BACKUP_SERVERS=postgres:all; sql() { echo '/dev/a 9 1 8 10% /'; };";
    return (await inScript(folder, stubs, "rooms_of_databases")).words;
  };
  expect(await wanted(1000, 500)).toBe("/dev/a\t8192\t3000");
  expect(await wanted(3_000_000_000)).toBe("/dev/a\t8192\t4073741824");
});

test("a volume with another disk within isn't renamed", async () => {
  const stubs =
    'here_volumes() { echo media; echo models; }; awk() { echo "$volumes/media"; echo "$volumes/models/big"; };';
  expect((await inScript(folder, stubs, "mounts_within")).words).toBe("models");
});

test("storage that doesn't say what it holds ends a run with its reason", async () => {
  const stubs = 'catalog() { echo "Fatal: no route to host" >"$state/words"; return 1; };';
  const { code, wrong } = await inScript(folder, stubs, "mark_complete");
  expect([code, wrong]).toEqual([1, "backup: the backup: no route to host"]);
  const { code: other, wrong: words } = await inScript(folder, "catalog() { :; };", "mark_complete");
  expect([other, words]).toEqual([1, "backup: the backup: must have its manifest in the storage, got none"]);
});

test("a name of two lines is in no list of files, for a manifest can't hold it", async () => {
  await writeFile(join(folder, "volumes/media/one"), "");
  await writeFile(join(folder, "volumes/media/two\nlines"), "");
  expect((await inScript(folder, "", 'cd "$volumes"; each_file ls')).words).toBe("./media/one");
});

test("a file whose name holds a tab or spaces is found again, in a restore and in a drill", async () => {
  const path = "media/two\tparts  and a third";
  await writeFile(join(folder, "volumes", path), "as it was");
  await mkdir(join(folder, "volumes/media/.berth-restored"));
  await writeFile(join(folder, "volumes/media/.berth-restored/two\tparts  and a third"), "as it was");
  const sum = createHash("sha256").update("as it was").digest("hex");
  await writeFile(join(folder, "state/work/manifest"), `volume\tmedia\t1\t9\nfile\t${sum}\t./${path}\n`);
  const stubs = `part() { echo id; }; own_restic() { (cd "$volumes" && tar -c -f - './${path}'); };`;
  expect(await inScript(folder, stubs, "same_files .berth-restored; try_files drill")).toEqual({
    code: 0,
    words: "backup: drill: 1 files are as they were",
    wrong: "",
  });
});

test("a dump whose reader ends first says why the reader did, and not that restic was cut short", async () => {
  const reason =
    "pg_restore: error: connection to server failed: FATAL:  the database system is in recovery mode";
  const stubs = `restic() { return 141; }; part() { echo id; }; BACKUP_SERVERS=postgres:all;
    pg_restore() { echo '${reason}' >&2; return 1; };`;
  const { code, wrong } = await inScript(folder, stubs, "unpack postgres/shop -d shop");
  expect([code, wrong]).toEqual([1, `backup: database shop: ${reason}`]);
});

const odd = ["the ledger", "*", "it's", "R&D", 'a "b"', "back\\slash"];

const others = `alone() { :; }; free_locks() { :; }; check_version() { :; }; drop_beside() { :; }; drop_marks() { :; };
  check_room() { :; }; lay_volumes() { :; }; here_volumes() { :; }; drop_former() { :; };`;

test("every database is dumped, whatever it is called, and so it is drilled and restored", async () => {
  await writeFile(join(folder, "databases"), `${odd.join("\n")}\n`);
  const stubs = `is_own() { return 0; }; each_server() { echo postgres; }; version_of() { echo 150008; };
    names_of_databases() { cat ${folder}/databases; }; pg_dump() { echo 'pg_dump (PostgreSQL) 15.8'; };
    sql() { case "$*" in *size*) echo 5 ;; *) cat >/dev/null; : >"$work/dumped"; echo "public.item	3" ;; esac; };
    BACKUP_SERVERS=postgres:all;`;
  const { code, wrong } = await inScript(folder, stubs, "dump_databases");
  expect([code, wrong]).toEqual([0, ""]);
  const { words: kept } = await inScript(
    folder,
    "",
    'awk -F "\\t" "\\$1 == \\"database\\"" "$work/manifest"',
  );
  expect(kept.split("\n")).toEqual(odd.map((name) => `database\tpostgres\t${name}\t5`));
  const one = `room_for_drill() { :; }; start_scratch() { :; }; sql() { :; }; rows_of() { printf 'public.item\\t3\\n'; };
    unpack() { echo "$1"; }; BACKUP_SERVERS=postgres:all;`;
  const drilled = await inScript(folder, one, "try_databases");
  expect([drilled.code, drilled.wrong]).toEqual([0, ""]);
  expect(drilled.words.split("\n").filter((line) => !line.startsWith("backup:"))).toEqual(
    odd.map((name) => `postgres/${name}`),
  );
  const rest = `${others} reopen() { :; };
    whole() { printf '%s\n' ${odd.map((name) => `'${name.replaceAll("'", `'\\''`)}'`).join(" ")} |
      awk '{ print "database\tpostgres\t" $0 "\t5" }' >"$work/manifest"; };
    take_place() { echo "$1/$2"; }; beside() { :; }; BACKUP_SERVERS=postgres:all;`;
  const restored = await inScript(folder, rest, "restore now prod");
  expect([restored.code, restored.wrong]).toEqual([0, ""]);
  expect(restored.words.split("\n").slice(0, -1)).toEqual(odd.map((name) => `postgres/${name}`));
});

test("a part is found in the storage, whatever its database is called", async () => {
  const snapshots = odd.map((name, index) => ({
    time: "1",
    // As Go writes it.
    paths: [`/backup/databases/postgres/${name}.dump`],
    id: `a${index}`,
  }));
  const json = JSON.stringify(snapshots).replaceAll("&", "\\u0026");
  await writeFile(join(folder, "said"), `${json}\n`);
  const stubs = `brief() { cat ${folder}/said; };`;
  const ask = odd.map((name) => `part '/backup/databases/postgres/${name.replaceAll("'", `'\\''`)}.dump'`);
  const { code, words } = await inScript(folder, stubs, `listed "it"; time=1; ${ask.join("; ")}`);
  expect([code, words]).toEqual([0, snapshots.map(({ id }) => id).join("\n")]);
});

test("a database is reached whatever it is called", async () => {
  expect((await inScript(folder, "", `reach . "it's a \\\\"`)).words).toBe("dbname='it\\'s a \\\\'");
});

test("a number that another PostgreSQL's security update notes with columns is no failure, in a drill neither", async () => {
  const number = 'pg_restore: error: could not execute query: ERROR:  unrecognized parameter "pg_attver"';
  expect(await unpack(number, newer, ignored(2))).toEqual([0, ""]);
  await writeFile(join(folder, "state/work/manifest"), "database\tpostgres\tshop\t5\n");
  const stubs = `room_for_drill() { :; }; start_scratch() { :; }; sql() { :; }; same_rows() { :; };
    unpack() { echo "$*"; }; BACKUP_SERVERS=postgres:all;`;
  const { words } = await inScript(folder, stubs, "try_databases");
  expect(words).toBe(
    "postgres/shop --no-owner --no-privileges -d dbname='drilled'\nbackup: drill: database shop has its rows",
  );
});

test("a database that lets nobody in fails a backup with its reason, and is no less kept for that", async () => {
  const closed = 'psql: error: FATAL:  database "shop" is not currently accepting connections';
  const sql = `sql() { case "$*" in *pg_database*) case "$*" in *datallowconn*) ;; *) echo shop ;; esac ;;
    *version*) echo 150008 ;; *) echo '${closed}' >&2; return 2 ;; esac; };`;
  const stubs = `${sql} pg_dump() { echo 'pg_dump (PostgreSQL) 15.8'; }; busybox=true; BACKUP_SERVERS=postgres:all;`;
  const { code, wrong } = await inScript(folder, stubs, "dump_databases");
  expect([code, wrong.split("\n").at(-1)]).toEqual([
    1,
    `backup: database shop could not be dumped: ${closed}`,
  ]);
  const before = await inScript(folder, stubs, "BACKUP_MIGRATION=app BACKUP_BEFORE=b before");
  expect([before.code, before.wrong]).toEqual([1, `backup: database shop: ${closed}`]);
});

test("a restore opens what an earlier one had closed, before anything else", async () => {
  await writeFile(join(folder, "state/work/manifest"), "");
  const stubs = `${others}
    whole() { printf 'database\\tpostgres\\tshop\\t5\\ndatabase\\ttheirs\\tshop\\t5\\n' >"$work/manifest"; };
    check_room() { fail "no room"; }; sql() { { echo "$1 $2 $4"; cat; } >>"$state/asked"; }; BACKUP_SERVERS='postgres:all theirs:one';`;
  expect((await inScript(folder, stubs, "restore now prod")).wrong).toBe("backup: no room");
  expect((await readFile(join(folder, "state/asked"), "utf8")).split("\n")).toEqual([
    "postgres postgres name=shop",
    "select format('alter database %I allow_connections true', datname) from pg_database where datname = :'name' \\gexec",
    "",
  ]);
});

test("where there is no room, databases that stand aside are named, with what they take and how one goes", async () => {
  await writeFile(join(folder, "state/work/manifest"), "database\tpostgres\tshop\t2000000\n");
  const stubs = (aside: string) => `here_volumes() { :; }; BACKUP_SERVERS=postgres:all;
    sql() { case "$*" in *former*) printf '${aside}' ;; *) echo '/dev/a 9 1 1000 10% /' ;; esac; };`;
  expect((await inScript(folder, stubs(""), "check_room")).wrong).toBe(
    "backup: restore: there must be room beside the databases, 4 MB free on /dev/a, got 1",
  );
  const aside = "DROP DATABASE berth_former_shop frees 3 MB in postgres";
  expect((await inScript(folder, stubs(`${aside}\\n${aside}\\n`), "check_room")).wrong).toBe(
    `backup: restore: there must be room beside the databases, 4 MB free on /dev/a, got 1; of a restore that ended half way the former ones are still there: ${aside}, ${aside}`,
  );
});
