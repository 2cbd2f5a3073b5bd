import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, it } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage } from "../../services/backup/definition.ts";
import { keepOptions } from "../../services/backup/repository.ts";
import { prepareImages } from "../tools/prepare.ts";
import { until } from "../tools/wait.ts";
import { BackupRig } from "./backupRig.ts";
import { storageImage } from "./elsewhere.ts";

let rig: BackupRig;
beforeAll(async () => {
  await prepareImages(["postgres:15", probeImage, resticImage, storageImage]);
  rig = await BackupRig.open();
  await rig.sql("shop", "insert into item select i, md5(i::text) from generate_series(1, 1000) i");
  await rig.sql("billing/ledger", "insert into entry select generate_series(1, 7)");
  await rig.start();
  const made = await rig.shell(
    "mkdir -p /backup/volumes/media/a && head -c 2000000 /dev/urandom >/backup/volumes/media/a/photo && echo hi >'/backup/volumes/media/a word'",
  );
  assert.equal(made.code, 0, made.output);
});
afterAll(() => rig.close());

it("a backup is whole, and a drill finds every row and file of it", async () => {
  const run = await rig.tell("run");
  assert.match(run.output, /^backup: complete, of /m);
  const drill = await rig.tell("drill");
  assert.equal(drill.code, 0, drill.output);
  assert.match(drill.output, /^backup: drill: database shop of postgres has its rows$/m);
  assert.match(drill.output, /^backup: drill: database ledger of billing has its rows$/m);
  assert.match(drill.output, /^backup: drill: 2 files are as they were$/m);
  const { result, drill_result: tried } = await rig.status();
  assert.deepEqual([result, tried], ["0", "0"]);
  assert.match(await rig.metrics(), /^berth_backup_exit_code 0$[^]*^berth_drill_exit_code 0$/m);
});

/** What isn't in a dump of a database: who may use it, its settings, also one role's in it, and its comment. */
const around = `select (select string_agg(one::text, ',' order by one::text) from unnest(datacl) one), shobj_description(oid, 'pg_database'), (select string_agg(setrole::regrole || ' ' || setconfig::text, ';' order by setrole)
  from pg_db_role_setting where setdatabase = oid) from pg_database where datname = 'shop'`;

it("every database of each PostgreSQL is given back, and every file", async () => {
  await rig.sql(
    "shop",
    "create role reader",
    "grant connect on database shop to reader with grant option",
    'alter database shop set search_path = public, "$user"',
    "alter role reader in database shop set statement_timeout = '5s'",
    "comment on database shop is 'of a test'",
  );
  const before = await rig.sql("shop", around);
  assert.match(
    before,
    /reader=c\*\/app.*\|of a test\|.*search_path=public, .*reader \{statement_timeout=5s\}/,
  );
  await rig.sql("shop", "delete from item where id > 10");
  await rig.sql("billing/ledger", "drop table entry");
  await rig.shell("rm '/backup/volumes/media/a word'");
  const [time = ""] = await rig.backups();
  const { code, output } = await rig.tell("restore", time, "rig");
  assert.equal(code, 0, output);
  assert.equal(await rig.sql("shop", "select count(*) from item"), "1000");
  assert.equal(await rig.sql("billing/ledger", "select count(*) from entry"), "7");
  assert.equal((await rig.shell("cat '/backup/volumes/media/a word'")).output.trim(), "hi");
  assert.equal(await rig.sql("shop", around), before);
  assert.equal((await rig.shell("ls -A /backup/volumes/media")).output.trim(), "a\na word");
  assert.equal(await rig.sql("postgres", "select count(*) from pg_database where datname ~ '^berth'"), "0");
});

it("what a run or a restore that was killed has left is in no backup, and the next run drops it", async () => {
  await rig.sql("postgres", "create database berth_restored_shop template shop");
  // And one that was killed while its parts were marked: nothing of it is a backup without its manifest.
  const marked = await rig.shell(
    "echo part | /run/berth-restic/restic backup -q --stdin --stdin-filename /backup/volumes --tag complete --time '2019-01-01 00:00:00'",
  );
  assert.equal(marked.code, 0, marked.output);
  const { code, output } = await rig.tell("run");
  assert.equal(code, 0, output);
  const kept = await rig.shell("/run/berth-restic/restic snapshots --no-lock --json");
  assert.doesNotMatch(kept.output, /"2019-/);
  assert.match(output, /^backup: database shop of postgres$/m);
  assert.doesNotMatch(output, /berth_restored/);
  assert.equal(await rig.sql("postgres", "select count(*) from pg_database where datname ~ '^berth'"), "0");
});

it("of two at once the second is refused by name, and the first is whole", async () => {
  const before = (await rig.backups()).length;
  const { run, release } = await rig.hold(() => rig.tell("run"));
  const second = await rig.tell("run");
  assert.notEqual(second.code, 0);
  assert.match(
    second.output,
    /^backup: must be alone, got another of this stack under way: a backup since \S+ \S+ UTC$/m,
  );
  await release();
  const { code, output } = await run;
  assert.equal(code, 0, output);
  assert.equal((await rig.backups()).length, before + 1);
});

it("a run that a person calls off ends with all that it began, is no failure, and leaves the stack free", async () => {
  const before = await rig.status();
  const { run, release } = await rig.hold(() => rig.tell("run", "1f2e3d4c"));
  assert.equal((await rig.tell("end", "1f2e3d4c")).code, 0);
  assert.equal((await run).code, 143);
  await until("the lock to be free", 120, async () => (await rig.tell("free")).code === 0);
  await release();
  const { begun: earlier, ...old } = before;
  const { begun, ...now } = await rig.status();
  assert.deepEqual(now, old);
  assert.ok(Number(begun) > Number(earlier));
});

it("backups of another stack in the same storage are listed, and left alone", async () => {
  const made = await rig.shell(
    "echo theirs | RESTIC_HOST=other /run/berth-restic/restic backup -q --stdin --stdin-filename /backup/manifest --tag complete --time '2020-01-01 00:00:00'",
  );
  assert.equal(made.code, 0, made.output);
  const run = await rig.tell("run");
  assert.equal(run.code, 0, run.output);
  assert.ok((await rig.backups()).includes("2020-01-01T00:00:00Z"));
});

it("a run that is cut off on its way leaves a lock and parts, and the next clears both and is whole", async () => {
  const before = await rig.backups();
  const { run, release } = await rig.hold(() => rig.tell("run"));
  const held = await rig.shell("ls /backup/target/locks");
  assert.match(held.output, /^[0-9a-f]{64}$/m);
  await rig.cut();
  await run.catch(() => undefined);
  await release();
  assert.deepEqual(await rig.backups(), before);
  // As after another up: the lock is of a container that is gone.
  await rig.start();
  const own = before.find((time) => !time.startsWith("2020")) ?? "";
  const restored = await rig.tell("restore", own, "rig");
  assert.equal(restored.code, 0, restored.output);
  const next = await rig.tell("run");
  assert.equal(next.code, 0, next.output);
  const parts = await rig.shell("/run/berth-restic/restic snapshots --no-lock --tag part --json");
  assert.match(parts.output, /^\[\]$/m);
  const locks = await rig.shell("ls /backup/target/locks");
  assert.equal(locks.output.trim(), "");
});

it("another password than the repository's is told as such, and harms nothing", async () => {
  const before = await rig.backups();
  await rig.start({ password: "another-password-altogether" });
  const { code, output } = await rig.tell("run");
  assert.notEqual(code, 0);
  assert.match(
    output,
    /the target: the password is another than the one the repository goes by now; set backup\.password to that/,
  );
  assert.match((await rig.status()).reason ?? "", /the password is another/);
  await rig.start();
  assert.deepEqual(await rig.backups(), before);
});

it("a target that is gone isn't begun anew, and a full one ends the run with what the disk says", async (t) => {
  const before = await rig.backups();
  await rig.start({ megabytes: 1 });
  const gone = await rig.tell("run");
  assert.match(gone.output, /there was a repository at the target, and it is gone; see that it is mounted/);
  await rig.shell("rm /var/lib/berth-backup/repository");
  const begun = performance.now();
  const full = await rig.tell("run");
  await t.annotate(`ended after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  assert.notEqual(full.code, 0);
  assert.match(full.output, /^backup: .*no space left on device/m);
  assert.match((await rig.status()).reason ?? "", /no space left on device/);
  await rig.start();
  assert.deepEqual(await rig.backups(), before);
});

it("keys that the storage refuses are told as such, by hand and by the schedule, whose metric says so", async () => {
  const refused = /the storage refuses backup\.accessKey and backup\.secretKey, or what they ask for: /;
  await rig.openStorage();
  await rig.start({ storage: { accessKey: "nobody" } });
  const typo = await rig.tell("run");
  assert.notEqual(typo.code, 0);
  assert.match(typo.output, refused);
  await rig.start({ storage: {} });
  const right = await rig.tell("run");
  assert.equal(right.code, 0, right.output);
  assert.match(await rig.metrics(), /^berth_backup_exit_code 0$/m);
  // What its schedule named since 1970 is still to be made.
  await rig.due();
  await rig.start({ storage: { secretKey: "no-longer-the-right-one" } });
  await until("the schedule's run to fail", 180, async () =>
    /^berth_backup_exit_code [1-9]/m.test(await rig.metrics()) ? true : undefined,
  );
  assert.match((await rig.status()).reason ?? "", refused);
  await rig.shell("date +%s >/var/lib/berth-backup/heeded");
  await rig.start();
});

it("all is given back without Berth, by the three commands of its page", async () => {
  const page = await readFile(join(import.meta.dirname, "../../docs/backups.md"), "utf8");
  const [, block = ""] = /## Without Berth\n[^]*?```sh\n([^]*?)```/.exec(page) ?? [];
  const [files = "", dump = "", restore = "", ...more] = block
    .trim()
    .replaceAll("docsai", "shop")
    .split("\n");
  assert.deepEqual(more, []);
  const folder = await mkdtemp(join(tmpdir(), "berth-by-hand-"));
  try {
    await writeFile(join(folder, "password"), "correct-horse-battery\n");
    await rig.byHand(files, folder);
    const kept = await Promise.all(
      ["a/photo", "a word"].map(async (name) => {
        const bytes = await readFile(join(folder, "backup/volumes/media", name));
        return `${createHash("sha256").update(bytes).digest("hex")}  ${name}`;
      }),
    );
    const there = await rig.shell("cd /backup/volumes/media && sha256sum a/photo 'a word'");
    assert.equal(kept.join("\n"), there.output.trim());
    await rig.byHand(dump, folder);
    const rows = "select md5(string_agg(item::text, ',' order by id)) from item";
    const before = await rig.sql("shop", rows);
    await rig.sql("shop", "delete from item where id > 5");
    await rig.besideServer(restore, folder, "shop");
    assert.equal(await rig.sql("shop", rows), before);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("none goes while a check finds damage, and then those stay that the settings name", async () => {
  const own = async () => (await rig.backups()).filter((time) => !time.startsWith("2020"));
  const planted = plantedTimes(new Date());
  const [oldest = "", ...others] = planted;
  const pack = await rig.shell(
    `set -e
     packs() { find /backup/target/data -type f | sort; }
     packs >/tmp/packs
     ${plant([oldest])}
     pack=$(packs | grep -vxFf /tmp/packs | head -n 1)
     cp "$pack" /tmp/pack
     chmod u+w "$pack"
     head -c 50 /tmp/pack >"$pack"
     echo "$pack"`,
  );
  assert.equal(pack.code, 0, pack.output);
  const made = await rig.shell(`set -e; ${plant(others)}`);
  assert.equal(made.code, 0, made.output);
  const before = await own();
  assert.deepEqual(
    planted.filter((time) => !before.includes(time)),
    [],
  );
  const failed = await rig.tell("run");
  assert.notEqual(failed.code, 0);
  assert.match(failed.output, /^backup: the backup is damaged: /m);
  assert.match(await rig.metrics(), /^berth_backup_exit_code [1-9]/m);
  const after = await own();
  assert.deepEqual(
    before.filter((time) => !after.includes(time)),
    [],
  );
  await rig.shell(`cat /tmp/pack >'${pack.output.trim()}'`);
  const month = { recent: 30, daily: 7, weekly: 4, monthly: 6 };
  const counts = [];
  for (const keep of [undefined, { daily: 7, weekly: 4, monthly: 6 }, { daily: 3, weekly: 2, monthly: 4 }]) {
    const there = await own();
    const { code, output } = await rig.run(keepOptions({ keep }));
    assert.equal(code, 0, output);
    const now = await own();
    assert.deepEqual(now, staying([...there, now.at(-1) ?? ""], keep ?? month));
    counts.push(there.length + 1 - now.length);
  }
  const [first = 0, , last = 0] = counts;
  assert.ok(first > 10 && last > 0, `${counts.join(", ")} went`);
});

it("a byte that flips in the storage is found by the schedule's own drill, whose metric says so, and by one by hand", async () => {
  assert.match(await rig.metrics(), /^berth_backup_exit_code 0$[^]*^berth_drill_exit_code 0$/m);
  const { drill_success: success } = await rig.status();
  const flip = () =>
    rig.shell(
      `set -e
     ${unread}
     [ "$file" ] || exit 9
     byte=$(dd if="$file" bs=1 skip=5000 count=1 | od -An -tu1 | tr -d ' ')
     chmod u+w "$file"
     printf "\\\\$(printf %o $((byte ^ 1)))" | dd of="$file" bs=1 seek=5000 conv=notrunc`,
    );
  let { code, output } = await flip();
  for (let turn = 0; code === 9 && turn < 5; turn++) {
    await rig.shell("head -c 2000000 /dev/urandom >/backup/volumes/media/a/photo");
    assert.equal((await rig.tell("run")).code, 0);
    ({ code, output } = await flip());
  }
  assert.equal(code, 0, output);
  // A week is over.
  await rig.shell("echo 0 >/var/lib/berth-backup/drill_tried");
  await rig.due();
  await until("the schedule's drill to fail", 240, async () =>
    /^berth_drill_exit_code [1-9]/m.test(await rig.metrics()) ? true : undefined,
  );
  assert.match(await rig.metrics(), /^berth_backup_exit_code 0$/m);
  const { drill_success: still, drill_reason: reason } = await rig.status();
  assert.equal(still, success);
  assert.match(reason ?? "", /^drill: the backup is damaged: /);
  const drill = await rig.tell("drill");
  assert.notEqual(drill.code, 0);
  assert.match(drill.output, /^backup: drill: the backup is damaged: /m);
});

it("a backup that is damaged changes nothing when it is restored, neither rows nor files", async (t) => {
  await rig.sql("shop", "delete from item where id > 10");
  await rig.shell("rm '/backup/volumes/media/a word'");
  const time = (await rig.backups()).findLast((one) => !one.startsWith("2020")) ?? "";
  const begun = performance.now();
  const { code, output } = await rig.tell("restore", time, "rig");
  await t.annotate(`refused after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  assert.notEqual(code, 0);
  assert.match(output, /^backup: database shop of postgres is whole$/m);
  assert.match(output, /^backup: volume media: /m);
  assert.match(output, /^backup: nothing was changed$/m);
  assert.equal(await rig.sql("shop", "select count(*) from item"), "10");
  assert.equal((await rig.shell("ls -A /backup/volumes/media")).output.trim(), "a");
  assert.equal(await rig.sql("postgres", "select count(*) from pg_database where datname ~ '^berth'"), "0");
});

/** Sets `file` to the newest pack of files of which the check of today's run reads no data. */
const unread = `today=$(($(date +%s) / 86400 % 28))
     file=$(ls -t $(find /backup/target/data -type f -size +500k) | while read -r one; do
       first=$(basename "$one" | cut -c 1-2)
       [ $((0x$first % 28)) = "$today" ] || echo "$one"
     done | head -n 1)`;

/** Commands that leave a backup of each of these times, as far as who counts them looks. */
function plant(times: readonly string[]): string {
  const words = times.map((time) => `'${time.replace("T", " ").replace("Z", "")}'`).join(" ");
  return `for time in ${words}; do
    echo "$time" | /run/berth-restic/restic backup -q --stdin --stdin-filename /backup/manifest --tag complete --time "$time"
  done`;
}

/** Of the last days some twice, and of each month before twice, the oldest first. */
function plantedTimes(now: Date): string[] {
  const days = [1, 1.5, 2, 4, 4.5, 6, 12, 12.5, 20, 29, 31, 40];
  const months = Array.from({ length: 9 }, (_, index) => index + 1).flatMap((back) =>
    [5, 20].map((day) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, day, 3, 15)),
  );
  const times = [...days.map((back) => now.getTime() - back * 86_400_000), ...months];
  return times.sort((a, b) => a - b).map((time) => `${new Date(time).toISOString().slice(0, 19)}Z`);
}

interface Keep {
  /** Days of which one each stays however many there are. */
  recent?: number;
  daily: number;
  weekly: number;
  monthly: number;
}

/** Of times, the oldest first, those that the page on backups promises. */
function staying(times: readonly string[], { recent = 0, daily, weekly, monthly }: Keep): string[] {
  const newest = Date.parse(times.at(-1) ?? "");
  const since = (days: number) => times.filter((time) => Date.parse(time) > newest - days * 86_400_000);
  const lasts = (all: readonly string[], unit: (time: string) => string, count: number) =>
    [...new Map(all.map((time) => [unit(time), time])).values()].slice(-count);
  const day = (time: string) => time.slice(0, 10);
  const monthOf = (time: string) => time.slice(0, 7);
  // 1970 began with a Thursday.
  const week = (time: string) => String(Math.floor((Date.parse(time) / 86_400_000 + 3) / 7));
  const stay = new Set([
    ...since(3),
    ...lasts(since(recent), day, recent + 1),
    ...lasts(times, day, daily),
    ...lasts(times, week, weekly),
    ...lasts(times, monthOf, monthly),
  ]);
  return times.filter((time) => stay.has(time));
}
