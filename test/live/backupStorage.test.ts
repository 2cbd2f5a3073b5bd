import assert from "node:assert/strict";
import { afterAll, beforeAll, it } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage } from "../../services/backup/definition.ts";
import type { ExecResult } from "../tools/docker.ts";
import { prepareImages } from "../tools/prepare.ts";
import { until } from "../tools/wait.ts";
import { BackupRig } from "./backupRig.ts";
import { storageImage } from "./elsewhere.ts";

/** Three backups of one day long ago, of which a run that goes well drops the second: the day's last stays, and the first of all. */
const [first, dropped, last] = [
  "2020-01-01T06:00:00Z",
  "2020-01-01T12:00:00Z",
  "2020-01-01T18:00:00Z",
] as const;
const old = [first, dropped, last];

let rig: BackupRig;
beforeAll(async () => {
  await prepareImages(["postgres:15", probeImage, resticImage, storageImage]);
  rig = await BackupRig.open();
  await rig.openStorage();
  await rig.start({ storage: {} });
  await rig.sql("shop", "insert into item select i, md5(i::text) from generate_series(1, 1000) i");
  await photo(2);
  await whole(rig.tell("run"));
});
afterAll(() => rig.close());

/** Puts another file of so many megabytes into the volume. */
async function photo(megabytes: number): Promise<void> {
  const made = await rig.shell(`head -c ${megabytes}000000 /dev/urandom >/backup/volumes/media/photo`);
  assert.equal(made.code, 0, made.output);
}

async function whole(run: Promise<ExecResult>): Promise<string> {
  const { code, output } = await run;
  assert.equal(code, 0, output);
  return output;
}

/** What was kept at this time is given back, with the rows that there were. */
async function givenBack(time: string): Promise<void> {
  await rig.sql("shop", "delete from item where id > 10");
  await whole(rig.tell("restore", time, "rig"));
  assert.equal(await rig.sql("shop", "select count(*) from item"), "1000");
}

/** Every piece of the repository is whole, and the newest backup has all that its manifest names. */
async function drilled(): Promise<void> {
  assert.match(await whole(rig.tell("drill")), /^backup: drill: the backup of \S+ is whole$/m);
}

/** What the run that goes on has heard of the storage. */
const isTryingAgain = async () =>
  (await rig.shell("grep -q 'retrying after' /var/lib/berth-backup/words")).code === 0;

it("a storage that is full ends a run at once and says so, loses nothing, is restored from and drilled as it is, and takes the next", async (t) => {
  for (const time of old) {
    const stamp = time.replace("T", " ").replace("Z", "");
    const planted = await rig.shell(
      `echo old | /run/berth-restic/restic backup -q --stdin --stdin-filename /backup/manifest --tag complete --time '${stamp}'`,
    );
    assert.equal(planted.code, 0, planted.output);
  }
  const before = await rig.backups();
  assert.deepEqual(before.slice(0, 3), old);
  await photo(30);
  await rig.fillStorage();
  const begun = performance.now();
  const full = await rig.tell("run");
  const took = (performance.now() - begun) / 1000;
  await t.annotate(`ended after ${took.toFixed(1)} s`);
  assert.notEqual(full.code, 0);
  const lines = full.output.split("\n").filter((line) => line.startsWith("backup: "));
  assert.equal(lines.length, 1, full.output);
  assert.match(lines[0] ?? "", /: the storage has no room left: .*minimum free drive threshold/);
  assert.ok(took < 60, `${took} s`);
  assert.match((await rig.status()).reason ?? "", /the storage has no room left: /);
  assert.deepEqual(await rig.backups(), before);
  await givenBack(before.at(-1) ?? "");
  await drilled();

  await rig.emptyStorage();
  await photo(30);
  await whole(rig.tell("run"));
  const after = await rig.backups();
  assert.deepEqual(
    after.slice(0, -1),
    before.filter((time) => time !== dropped),
  );
  await drilled();
});

it("a storage that fills up in the middle of an upload loses nothing either", async () => {
  const before = await rig.backups();
  await photo(60);
  const run = rig.tell("run");
  await rig.fillStorageAfter(8000);
  const { code, output } = await run;
  assert.notEqual(code, 0, output);
  assert.match(output, /^backup: .*: the storage has no room left: /m);
  assert.deepEqual(await rig.backups(), before);
  await givenBack(before.at(-1) ?? "");
  await rig.emptyStorage();
  await photo(2);
  await whole(rig.tell("run"));
  assert.equal((await rig.backups()).length, before.length + 1);
  await drilled();
});

it("an upload that is cut in the middle goes on when the storage is back, and people hear of it meanwhile", async (t) => {
  const before = await rig.backups();
  await photo(40);
  const run = rig.tell("run");
  await rig.endStorageAfter(8000);
  await until("the run to try again", 240, isTryingAgain);
  const begun = performance.now();
  await rig.returnStorage();
  const output = await whole(run);
  await t.annotate(`whole ${((performance.now() - begun) / 1000).toFixed(1)} s after the storage was back`);
  assert.match(
    output,
    /^backup: volumes: tries again for up to a quarter of an hour, for the storage's answer was: /m,
  );
  assert.equal((await rig.backups()).length, before.length + 1);
  await drilled();
});

it("an upload that is cut on both sides leaves what there was, and the next is whole", async () => {
  const before = await rig.backups();
  await photo(40);
  const run = rig.tell("run");
  await rig.endStorageAfter(8000);
  await until("the run to try again", 240, isTryingAgain);
  await rig.cut();
  await run.catch(() => undefined);
  await rig.returnStorage();
  assert.deepEqual(await rig.backups(), before);
  await givenBack(before.at(-1) ?? "");
  await whole(rig.tell("run"));
  assert.equal((await rig.backups()).length, before.length + 1);
  await drilled();
});

it("of one stack's two at once the second is refused by name, and those of two stacks are both whole", async () => {
  const other = await rig.startOther("other");
  const before = await rig.backups();
  await photo(20);
  const { run: both, release } = await rig.hold(async () => {
    const [one, two] = await Promise.all([rig.tell("run"), other("run")]);
    return { code: one.code + two.code, output: `${one.output}${two.output}` };
  });
  const second = await rig.tell("run");
  assert.notEqual(second.code, 0);
  assert.match(
    second.output,
    /^backup: must be alone, got another of this stack under way: a backup since /m,
  );
  await release();
  const output = await whole(both);
  assert.equal(output.match(/^backup: complete, of /gm)?.length, 2, output);
  const after = await rig.backups();
  assert.deepEqual([after.length, before.filter((time) => !after.includes(time))], [before.length + 2, []]);
  await drilled();
  assert.match(await whole(other("drill")), /^backup: drill: the backup of \S+ is whole$/m);
});
