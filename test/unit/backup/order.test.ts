import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inScript } from "./shell.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-backup-order-"));
  await mkdir(join(folder, "state/work"), { recursive: true });
  await mkdir(join(folder, "volumes/media"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

/** restic, which writes down what it is asked for. */
const restic = 'own_restic() { shift; echo "$*" >>"$state/asked"; };';
const requests = async () => (await readFile(join(folder, "state/asked"), "utf8")).trim().split("\n");
const parts = (...lines: string[]) =>
  `catalog() { case "$*" in *"tag complete"*|*"tag part"*) printf '${lines.map((line) => `${line.replaceAll(" ", "\\t")}\\n`).join("")}' ;; esac; };`;

test("a manifest is marked as complete after all that it names", async () => {
  const kept = parts("1 /backup/manifest aa", "1 /backup/volumes bb", "1 /backup/databases/a/b.dump cc");
  expect((await inScript(folder, restic + kept, "mark_complete")).code).toBe(0);
  expect(await requests()).toEqual(["tag --set complete bb cc", "tag --set complete aa"]);
});

test("complete parts without a manifest of their time are dropped, and no others", async () => {
  const kept = parts("1 /backup/volumes aa", "1 /backup/manifest bb", "2 /backup/volumes cc");
  await inScript(folder, `${restic}${kept}drop_beside() { :; };`, "drop_left");
  expect((await requests()).slice(1)).toEqual(["forget cc"]);
});

test("of old backups the manifest goes first", async () => {
  await inScript(folder, restic, "BACKUP_KEEP='--keep-daily 7'; drop_old");
  expect(await requests()).toEqual([
    "forget --host prod --tag complete --path /backup/manifest --group-by host,paths --keep-daily 7 --quiet",
    "forget --host prod --tag complete --group-by host,paths --keep-daily 7 --prune --quiet",
  ]);
});

test("a backup whose manifest names what isn't there is no backup", async () => {
  const manifest = "database\\tshop\\torders\\t5\\n";
  const stubs = `own_restic() { printf '${manifest}'; };`;
  const look = async (...lines: string[]) =>
    inScript(folder, stubs + parts("1 /backup/manifest aa", ...lines), "time=1 host=prod; whole restore");
  expect((await look("1 /backup/databases/shop/orders.dump bb")).code).toBe(0);
  expect((await look("2 /backup/databases/shop/orders.dump bb")).wrong).toBe(
    "backup: restore: the backup must have every part that its manifest names, got none for database orders",
  );
});

test("a file that vanishes while it is read is no failure, and one that can't be read is", async () => {
  await writeFile(join(folder, "volumes/media/there"), "");
  const found = (name: string) => `find() { printf './media/there\\0${name}\\0'; };`;
  const read = (name: string) => inScript(folder, found(name), 'cd "$volumes"; each_file sha256sum');
  const { code, words } = await read("./media/gone");
  expect([code, words.split("  ")[1]]).toEqual([0, "./media/there"]);
  const { code: other, wrong } = await read("./media/there/below");
  expect([other, wrong]).toEqual([1, "backup: volumes: sha256sum: ./media/there/below: Not a directory"]);
});

test("what isn't data is in no list of files", async () => {
  for (const path of ["media/.minio.sys/tmp", "media/.berth-restored", "media/a"]) {
    await mkdir(join(folder, "volumes", path), { recursive: true });
    await writeFile(join(folder, "volumes", path, "file"), "");
  }
  const { words } = await inScript(folder, "", 'cd "$volumes"; each_file ls');
  expect(words).toBe("./media/a/file");
});

test("who holds the lock is named, keeps it, and is waited for no longer than wanted", async () => {
  const other = `( unset holds; alone "a drill" ) || true; ( unset holds; in_turn "a backup" 0 )`;
  const { code, wrong } = await inScript(
    folder,
    "date() { if [ \"$1\" = +%s ]; then echo 0; else echo '2026-03-01 03:15:00'; fi; };",
    `alone "a restore"; alone "a backup"; exec 9>&- 8>>"$state/lock"; flock -n 8; ${other}`,
  );
  expect([code, wrong.split("\n")]).toEqual([
    1,
    [
      "backup: must be alone, got another of this stack under way: a restore since 2026-03-01 03:15:00 UTC",
      "backup: a backup: must have its turn within 0 minutes, got another under way: a restore since 2026-03-01 03:15:00 UTC",
    ],
  ]);
});

test("the disk that is too small for all that comes onto it is named, with what it lacks", async () => {
  const rooms = (free: number) =>
    `printf '/dev/a\\t${free}\\t3000000\\n/dev/a\\t${free}\\t2000000\\n' | short`;
  expect((await inScript(folder, "", rooms(5000000))).words).toBe("");
  expect((await inScript(folder, "", rooms(4000000))).words).toBe("5 MB free on /dev/a, got 4");
});

test("a volume's content changes place as a whole, whatever it is called", async () => {
  const volume = join(folder, "volumes/media");
  await mkdir(join(volume, ".berth-restored/-new"), { recursive: true });
  await writeFile(join(volume, ".berth-restored/.hidden"), "");
  await writeFile(join(volume, "old one"), "");
  const { code, words } = await inScript(folder, "", 'swap_volume media; cat "$work/changed"');
  expect([code, words]).toEqual([0, "backup: volume media\nvolume media"]);
  expect((await readdir(volume)).sort()).toEqual(["-new", ".berth-former", ".berth-restored", ".hidden"]);
  expect(await readdir(join(volume, ".berth-former"))).toEqual(["old one"]);
});

test("a restore that fails says what it has changed by then, or that it has changed nothing", async () => {
  const stubs = "drop_beside() { echo dropped; }; drop_marks() { :; };";
  expect((await inScript(folder, stubs, "restored 1")).words).toBe("backup: nothing was changed\ndropped");
  const half = 'changed "database shop"; changed "a part of volume media"; restored 1';
  expect((await inScript(folder, stubs, half)).words).toBe(
    "backup: ended half way: database shop, a part of volume media as in the backup, all else as before; mend what is said above and restore again, this backup or another",
  );
});

/** A migration to image `b` that asks at 9000 for a backup, of which the last whole one began at `success`. */
async function migrates(success: number, late = "", run = "exit 0"): Promise<[number | undefined, string]> {
  const state = join(folder, "state");
  await mkdir(join(state, "migrations"), { recursive: true });
  await writeFile(join(state, "success"), `${success}\n`);
  await writeFile(join(state, "migrations/app-migrate.late"), `${late}\n`);
  await writeFile(join(folder, "run.sh"), `echo "backup: makes one"; ${run}\n`);
  const stubs = `date() { case "$1" in +%s) echo 9000 ;; *) echo then ;; esac; }
    each_server() { echo db; }; names_of_databases() { echo shop; }; sql() { echo 1; }
    busybox=env self=${folder}/run.sh BACKUP_BEFORE=b BACKUP_MIGRATION=app-migrate BACKUP_WAIT=60;`;
  const { code, words, wrong } = await inScript(folder, stubs, "before");
  return [code, words + wrong];
}

test("a backup before a migration is made, unless one was begun since it was asked for", async () => {
  expect(await migrates(8999)).toEqual([0, "backup: makes one"]);
  expect(await migrates(0)).toEqual([0, "backup: there is no new image to migrate to"]);
  await rm(join(folder, "state/migrations/app-migrate"));
  expect(await migrates(9000)).toEqual([0, "backup: there is one of 0 seconds ago"]);
});

test("one that takes too long says the way on, which is a backup of the last hour for that image", async () => {
  expect(await migrates(8000, "", "exit 143")).toEqual([
    1,
    "backup: makes onebackup: a backup before a migration: must be made within 1 minutes, got none yet; make one with berth backup, which takes as long as it takes, and within the hour berth up again",
  ]);
  expect(await readFile(join(folder, "state/migrations/app-migrate.late"), "utf8")).toBe("b\n");
  expect(await migrates(8000, "b")).toEqual([0, "backup: there is one of 1000 seconds ago"]);
});

test("one that fails has the migration fail with its own code", async () => {
  expect(await migrates(8000, "", "exit 7")).toEqual([7, "backup: makes one"]);
});

test("another folder as the target is begun anew, and one that is gone isn't", async () => {
  const brief =
    'brief() { echo "$1"; [ "$1" = init ] || [ -e "$state/made" ]; }; explained() { echo gone; };';
  const ready = (target: string) =>
    inScript(folder, brief, `RESTIC_REPOSITORY=/backup/target ${target} ready`);
  await writeFile(join(folder, "state/repository"), "/mnt/old\n");
  expect((await ready("BACKUP_FOLDER=/mnt/old")).wrong).toBe("backup: the target: gone");
  await writeFile(join(folder, "state/made"), "");
  expect((await ready("BACKUP_FOLDER=/mnt/new")).words).toBe("backup: made a repository at the target");
  expect(await readFile(join(folder, "state/repository"), "utf8")).toBe("/mnt/new\n");
  expect((await ready("BACKUP_FOLDER=/mnt/new")).words).toBe("");
  expect((await ready("")).words).toBe("backup: made a repository at the target");
  expect(await readFile(join(folder, "state/repository"), "utf8")).toBe("/backup/target\n");
});

test("a folder of which a release before wrote down where it is mounted isn't begun anew", async () => {
  const brief = 'brief() { echo "$1" >>"$state/asked"; };';
  await writeFile(join(folder, "state/repository"), "/backup/target\n");
  await inScript(folder, brief, "RESTIC_REPOSITORY=/backup/target BACKUP_FOLDER=/mnt/old ready");
  expect(await requests()).toEqual(["cat"]);
  expect(await readFile(join(folder, "state/repository"), "utf8")).toBe("/mnt/old\n");
});

test("a lock that a killed run left goes before a new password's key is added and the former's removed", async () => {
  const stubs = `generation() { echo "2 place"; }; free_locks() { echo "unlock $RESTIC_PASSWORD_FILE" >>"$state/asked"; };
    brief() { return 12; };
    by() { echo "$1 $2 $3" >>"$state/asked"; [ "$3" != list ] || printf '[{"current":true,"id":"ab12"}]'; };
    RESTIC_PASSWORD_FILE=new;`;
  await writeFile(join(folder, "former-password-1"), "old");
  const { code } = await inScript(folder, stubs, "follow_password");
  expect(code).toBe(0);
  const former = join(folder, "former-password-1");
  expect(await requests()).toEqual([
    `${former} key list`,
    `unlock ${former}`,
    `${former} key add`,
    "new key remove",
  ]);
});

test("a backup is made though the former password can't be refused yet", async () => {
  const stubs = `follow_password() { code=11; return 1; }; explained() { echo held; }; brief() { :; };
    RESTIC_REPOSITORY=/backup/target; BACKUP_FOLDER=/mnt/nas;`;
  await writeFile(join(folder, "state/repository"), "/mnt/nas\n");
  const { code, words } = await inScript(folder, stubs, "ready");
  expect([code, words]).toEqual([0, "backup: the new password: held"]);
});

test("who comes while a new password is taken waits for it, and for nobody else", async () => {
  const held = (what: string) =>
    `( unset holds; alone "${what}"; sleep 1 ) & sleep 0.5; ( unset holds; sleep() { command sleep 0.1; }; alone "a backup" ); echo "code $?"; wait`;
  expect((await inScript(folder, "", held("a new password"))).words).toMatch(
    /waiting for a new password since .*\ncode 0$/,
  );
  expect((await inScript(folder, "", `set +e; ${held("a drill")}`)).words).toMatch(/^code 1$/);
});

test("a drill follows a backup once a week, though that came a minute sooner than the one of the week before", async () => {
  await writeFile(join(folder, "drill.sh"), 'echo "$1"\n');
  const after = async (days: number, minutes = 0) => {
    await writeFile(join(folder, "state/drill_tried"), "0\n");
    const now = days * 86_400 + minutes * 60;
    const stubs = `date() { echo ${now}; }; busybox=env self=${folder}/drill.sh BACKUP_DRILL=weekly;`;
    return (await inScript(folder, stubs, "weekly")).words;
  };
  expect([await after(6, 1), await after(7, -1), await after(7, 1)]).toEqual(["", "drill", "drill"]);
  expect(await readFile(join(folder, "state/drill_tried"), "utf8")).toBe(`${7 * 86_400 + 60}\n`);
});

test("a restore leaves a store's keys as they are, also one that is made again after it ended half way", async () => {
  const iam = join(folder, "volumes/media/.minio.sys/config/iam");
  const key = async (value: string) => {
    await mkdir(iam, { recursive: true });
    await writeFile(join(iam, "key"), value);
  };
  await key("now");
  // As a restore that ended between the two, and the next one.
  expect((await inScript(folder, "", "keep_keys media")).code).toBe(0);
  await key("then");
  const { code, wrong } = await inScript(folder, "", "keep_keys media; lay_keys media");
  expect([code, wrong]).toEqual([0, ""]);
  expect(await readFile(join(iam, "key"), "utf8")).toBe("now");
  expect((await readdir(join(folder, "state"))).filter((name) => name.startsWith("keys"))).toEqual([]);
  // What it has laid is the next restore's to keep, with a backup that has none.
  await inScript(folder, "", 'keep_keys media; rm -rf "$volumes/media/.minio.sys"; lay_keys media');
  expect(await readFile(join(iam, "key"), "utf8")).toBe("now");
});

test("keys that a store was given since a restore ended half way are kept, and a drill has no part in them", async () => {
  const users = join(folder, "volumes/media/.minio.sys/config/iam/users");
  const key = (name: string) => join(users, name);
  await mkdir(users, { recursive: true });
  await writeFile(key("first"), "");
  await inScript(folder, "", "keep_keys media");
  await inScript(
    folder,
    "BACKUP_SCRATCH=1;",
    'rm -rf "$volumes/media/.minio.sys"; keep_keys media; lay_keys media',
  );
  expect(await readdir(join(folder, "volumes/media"))).toEqual([]);
  expect(await readdir(join(folder, "state"))).toContain("keys-media");
  await mkdir(users, { recursive: true });
  await writeFile(key("first"), "");
  await utimes(key("first"), new Date(), new Date(Date.now() - 3_600_000));
  await inScript(folder, "", "keep_keys media");
  await writeFile(key("second"), "");
  await utimes(key("second"), new Date(), new Date(Date.now() + 3_600_000));
  await inScript(folder, "", 'keep_keys media; rm -rf "$volumes/media/.minio.sys"; lay_keys media');
  expect(await readdir(users)).toEqual(["first", "second"]);
});

test("files of the manifest are compared but for keys of a store, and for nothing that is called alike", async () => {
  const lines = ["media/.minio.sys/config/iam/users/a", "media/b/.minio.sys/config/iam/c", "media/d"];
  await writeFile(
    join(folder, "state/work/manifest"),
    lines.map((path) => `file\tab12\t./${path}\n`).join(""),
  );
  await inScript(folder, "", "file_sums");
  expect((await readFile(join(folder, "state/work/sums"), "utf8")).trim().split("\n")).toEqual(
    lines.slice(1).map((path) => `ab12  ./${path}`),
  );
});

test("keys that can't be laid back end a restore by the volume's name", async () => {
  await mkdir(join(folder, "volumes/media/.minio.sys/config/iam"), { recursive: true });
  await inScript(folder, "", "keep_keys media");
  const { code, wrong } = await inScript(
    folder,
    "",
    'rm -rf "$volumes/media"; : >"$volumes/media"; lay_keys media',
  );
  expect([code, /^backup: volume media: the keys of its store must be laid back, got ./.test(wrong)]).toEqual(
    [1, true],
  );
});
