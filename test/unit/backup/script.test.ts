import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scheduleOf, scheduleVariables } from "../../../services/backup/schedule.ts";
import { backupScript } from "../../../services/backup/scripts.ts";
import { fromPypi } from "../../tools/pypi.ts";

const shellcheck = await fromPypi("shellcheck");
const scheduler = join(import.meta.dirname, "../../../services/backup/scripts/schedule.sh");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-backup-script-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("shellcheck finds nothing in the script", async (t) => {
  if ("missing" in shellcheck) {
    t.skip(shellcheck.missing);
    return;
  }
  const check = async (text: string) => {
    await writeFile(join(folder, "backup.sh"), text);
    return execa(shellcheck.program, ["--shell=busybox", join(folder, "backup.sh")], { reject: false });
  };
  assert.equal((await check(backupScript())).stdout, "");
  assert.match((await check(`${backupScript()}\necho $unquoted`)).stdout, /SC2086/);
});

/** Whether the scheduler would begin a run at `now` when it last heeded its schedule at `since`. */
async function isDue(text: string, since: string, now: string): Promise<boolean> {
  const schedule = scheduleOf(text);
  if (schedule === undefined) throw new Error(`${text} is no schedule`);
  const seconds = (time: string) => String(Date.parse(`${time}Z`) / 1000);
  await writeFile(join(folder, "heeded"), seconds(since));
  const clock = `date() { if [ "$1" = +%s ]; then echo ${seconds(now)}; else command date "$@"; fi; }`;
  const program = `set -eu; ${clock}; . "$0"; if due; then echo due; else echo rests; fi`;
  const env = { ...scheduleVariables(schedule), state: folder, TZ: "UTC" };
  const { stdout } = await execa("sh", ["-c", program, scheduler], { env });
  return stdout === "due";
}

test.each([
  ["03:15", "2026-03-01T03:00:00", "2026-03-01T03:14:59", false],
  ["03:15", "2026-03-01T03:00:00", "2026-03-01T03:15:00", true],
  ["03:15", "2026-03-01T03:15:00", "2026-03-02T03:14:00", false],
  ["08:09", "2026-08-08T08:08:00", "2026-08-08T08:09:30", true],
  // It was off for days: once.
  ["03:15", "2026-03-01T03:15:00", "2026-03-05T12:00:00", true],
  ["03:15", "2025-01-01T00:00:00", "2026-03-05T12:00:00", true],
  ["30 */6 * * *", "2026-03-01T06:31:00", "2026-03-01T12:29:00", false],
  ["30 */6 * * *", "2026-03-01T06:31:00", "2026-03-01T12:30:00", true],
  // The first of March 2026 is a Sunday.
  ["0 4 * * sun", "2026-02-28T00:00:00", "2026-02-28T23:00:00", false],
  ["0 4 * * 7", "2026-02-28T05:00:00", "2026-03-01T04:00:00", true],
  ["0 4 1 * *", "2026-03-01T05:00:00", "2026-03-31T23:00:00", false],
  ["0 4 1 jan *", "2026-01-02T00:00:00", "2026-12-31T23:00:00", false],
  // Either kind of day will do.
  ["0 4 15 * mon", "2026-03-01T05:00:00", "2026-03-02T04:00:00", true],
  ["0 4 15 * mon", "2026-03-10T05:00:00", "2026-03-15T04:00:00", true],
  ["0 4 15 * mon", "2026-03-10T05:00:00", "2026-03-14T23:00:00", false],
])("%s, heeded at %s, is due at %s: %s", async (text, since, now, expected) => {
  expect(await isDue(text, since, now)).toBe(expected);
});

const restorer = join(import.meta.dirname, "../../../services/backup/scripts/restore.sh");

/** What a restore says of a backup of this PostgreSQL to a server of that, and how it ends. */
async function versions(kept: string, server: string): Promise<{ code: number | undefined; words: string }> {
  await writeFile(join(folder, "manifest"), kept === "" ? "stack\tprod\n" : `server\tdatabase\t${kept}\n`);
  const stubs = `version_of() { echo ${server}; }; BACKUP_SERVERS=database:all; fail() { echo "$*"; exit 1; }
    major_of() { echo 16; }`;
  const program = `set -eu; work=${folder}; ${stubs}; . "$0"; check_version`;
  const { exitCode, stdout } = await execa("sh", ["-c", program, restorer], {
    reject: false,
  });
  return { code: exitCode, words: stdout };
}

test.each([
  ["150020", "150004"],
  ["150020", "170001"],
  ["150020\t16", "150004"],
  ["", "150020"],
])("a backup of PostgreSQL %s is restored to %s", async (kept, server) => {
  expect(await versions(kept, server)).toEqual({ code: 0, words: "" });
});

test("a backup of a newer PostgreSQL is refused, and the way is named", async () => {
  expect(await versions("170002", "150020")).toEqual({
    code: 1,
    words:
      "restore: the backup is of PostgreSQL 17, and the server is 15; name an image of 17 or newer in berth:images",
  });
});

test("a backup by a newer pg_dump than reads it is refused, and the way is named", async () => {
  expect(await versions("150020\t17", "150020")).toEqual({
    code: 1,
    words:
      "restore: the backup is by pg_dump 17, and pg_restore here is 16; name an image of 17 or newer in berth:images.backup",
  });
});

test("a backup of a server that the stack doesn't have is refused", async () => {
  await writeFile(join(folder, "manifest"), "server\tbilling\t150008\n");
  const stubs = 'BACKUP_SERVERS=database:all; fail() { echo "$*"; exit 1; }';
  const program = `set -eu; work=${folder}; ${stubs}; . "$0"; check_version`;
  const { exitCode, stdout } = await execa("sh", ["-c", program, restorer], { reject: false });
  expect([exitCode, stdout]).toEqual([
    1,
    "restore: the backup has databases of billing, and this stack has no PostgreSQL of that name",
  ]);
});

const head = join(import.meta.dirname, "../../../services/backup/scripts/head.sh");

test.each([
  [
    "12",
    "Fatal: wrong password or no key found",
    /^the password is another than the one the repository goes by now; set backup\.password/,
  ],
  [
    "10",
    "Fatal: repository does not exist",
    /^there was a repository at the target, and it is gone; see that it is mounted/,
  ],
  [
    "11",
    "Fatal: unable to create lock",
    /^another process holds the repository, such as one of another stack that keeps its backups there; Fatal: unable to create lock$/,
  ],
  [
    "1",
    "Save(<data/1>) failed: write /x: no space left on device\n\n",
    /^the storage has no room left: Save\(<data\/1>\) failed: write \/x: no space left on device$/,
  ],
  [
    "130",
    "Save(<lock/0a573da78a>) returned error, retrying after 577.419002ms: client.PutObject: Storage backend has reached its minimum free drive threshold. Please delete a few objects to proceed.\nsignal terminated received, cleaning up\nunable to create lock in backend: context canceled",
    /^the storage has no room left: client\.PutObject: Storage backend has reached its minimum free drive threshold\./,
  ],
  [
    "1",
    "Fatal: client.PutObject: Bucket quota exceeded",
    /^the storage has no room left: client\.PutObject: B/,
  ],
  [
    "1",
    "rest\nFatal: create repository failed: The Access Key Id you provided does not exist",
    /^the storage refuses backup\.accessKey and backup\.secretKey, or what they ask for: create repository failed: The Access Key Id/,
  ],
  [
    "1",
    "Stat(<config/>) returned error, retrying after 1.2s: Stat: The request signature we calculated does not match\nsignal interrupt received, cleaning up\nFatal: unable to open config file: context canceled\nIs there a repository at the following location?\ns3:http://127.0.0.1:9000/b/x",
    /^the storage refuses backup\.accessKey and backup\.secretKey, or what they ask for: Stat: The request signature/,
  ],
  ["1", "Fatal: unable to open config file: Stat: Access Denied.", /^the storage refuses .*Access Denied\.$/],
  [
    "1",
    'Fatal: oauth2: "invalid_grant" "Invalid JWT Signature."',
    /^the storage refuses .*"Invalid JWT Signature\."$/,
  ],
  ["1", "Fatal: mkdir /backup/target/x: permission denied", /^mkdir \/backup\/target\/x: permission denied$/],
  ["1", "Fatal: unable to open config file: context canceled", /^it does not answer$/],
  [
    "130",
    'Save(<data/1>) returned error, retrying after 1.2s: client.PutObject: Put "http://a:9000/": dial tcp 10.0.0.4:9000: connect: connection refused\ncontext canceled',
    /^client\.PutObject: Put "http:\/\/a:9000\/": dial tcp 10\.0\.0\.4:9000: connect: connection refused$/,
  ],
])("restic's exit code %s and its words %j are said in one line", async (code, words, line) => {
  await writeFile(join(folder, "words"), `${words}\n`);
  await writeFile(join(folder, "repository"), "/mnt\n");
  // All but what sets the shell up and where things are.
  const program = `eval "$(sed '/^set -/d; /^state=/d' "$0")"; explained ${code}`;
  const { stdout } = await execa("sh", ["-c", program, head], {
    env: { state: folder, BACKUP_FOLDER: "/mnt" },
  });
  expect(stdout).toMatch(line);
});

test("a disk of the machine's own that is full isn't the storage", async () => {
  await writeFile(join(folder, "words"), `Fatal: open ${folder}/tmp/pack-1: no space left on device\n`);
  const program = `eval "$(sed '/^set -/d; /^state=/d' "$0")"; explained 1`;
  const { stdout } = await execa("sh", ["-c", program, head], { env: { state: folder } });
  expect(stdout).toBe(`open ${folder}/tmp/pack-1: no space left on device`);
});

test("a target where none was ever made is told apart from one that is gone", async () => {
  const program = `eval "$(sed '/^set -/d; /^state=/d' "$0")"; explained 10`;
  const env = { state: folder, RESTIC_REPOSITORY: "s3:https://a.example/mistyped" };
  await writeFile(join(folder, "words"), "Fatal: repository does not exist\n");
  const none =
    "there is no repository at the target; see that backup.to is where backups are, or make the first with berth backup";
  for (const known of ["s3:https://a.example/other\n", undefined]) {
    if (known === undefined) await rm(join(folder, "repository"), { force: true });
    else await writeFile(join(folder, "repository"), known);
    expect((await execa("sh", ["-c", program, head], { env })).stdout).toBe(none);
  }
});
