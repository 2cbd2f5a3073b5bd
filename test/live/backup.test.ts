import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { restoreLabel } from "../../cli/restore/followed.ts";
import type { Verdict } from "../../cli/verify/verdicts.ts";
import { resticImage } from "../../services/backup/definition.ts";
import { Berth } from "../tools/berth.ts";
import { docker, exec } from "../tools/docker.ts";
import { end } from "../tools/processes.ts";
import { prepareImages } from "../tools/prepare.ts";
import { release, removeReleases } from "../tools/release.ts";
import { until } from "../tools/wait.ts";
import { assertConfined, held } from "./confined.ts";
import { documents, uploadDocuments } from "./documents.ts";
import { emptied } from "./emptied.ts";
import { Elsewhere, storageImage } from "./elsewhere.ts";

const password = "backup.password=correct-horse-battery";

/** Rows and files as they were, from storage and settings alone. */
describe("docsai's backups", () => {
  let berth: Berth;
  let folder: string;
  let elsewhere: Elsewhere;
  let before: Record<string, string>;
  const inFolder = () => [password, `backup.to=${folder}`];
  const inBucket = () => [password, ...elsewhere.settings()];

  beforeAll(async () => {
    await prepareImages([probeImage, resticImage, storageImage]);
    berth = await Berth.open("docsai");
    folder = await mkdtemp(join(tmpdir(), "berth-backups-"));
    elsewhere = await Elsewhere.open();
  });
  afterAll(async () => {
    await elsewhere.close();
    await berth.close();
    await removeReleases();
    for (const name of [folder, `${folder}-moved`]) await rm(name, { recursive: true, force: true });
  });

  async function must(verb: string, settings: string[], ...options: string[]): Promise<string> {
    const { code, output } = await berth.start(verb, ...options, ...berth.settings(...settings)).ended;
    assert.equal(code, 0, output);
    return output;
  }

  it("go into a bucket that somebody else keeps, and into a folder, by one setting", async () => {
    await must("up", inBucket());
    await elsewhere.join(berth.stack);
    await uploadDocuments(berth.url);
    before = await documents(berth.url);
    assert.deepEqual(Object.keys(before).sort(), ["Plan", "Report"]);
    assert.match(await must("backup", inBucket(), "now"), /^backup: complete, of .* UTC$/m);
    await must("up", inFolder());
    assert.match(await must("backup", inFolder()), /^backup: complete, of .* UTC$/m);
    const { backups } = JSON.parse(await must("backup", inFolder(), "list", "--json")) as {
      backups: { stack: string }[];
    };
    assert.deepEqual(
      backups.map(({ stack }) => stack),
      [berth.stack],
    );
    const drill = await must("drill", inFolder());
    assert.match(drill, /^backup: drill: database docsai has its rows$/m);
    assert.match(drill, /^backup: drill: 3 files are as they were$/m);
    assert.match(drill, /^drill: postgres is healthy with it$/m);
    assert.match(drill, /^drill: app is healthy with it$/m);
    const held = Object.values(await berth.dockerObjects()).flat();
    assert.deepEqual(
      held.filter(({ Labels }) => (Labels as Record<string, string> | null)?.["berth.role"] === "drill"),
      [],
    );
    assert.match(
      await must("status", inFolder()),
      /^backup: the last whole one was begun \S+ ago; tried \S+ ago$/m,
    );
  });

  it("are said to go elsewhere than into the folder that is named, where it was moved and another is there, or none", async () => {
    const verified = async () => {
      const { code, output } = await berth.start("verify", "--json", ...berth.settings(...inFolder())).ended;
      const { checks } = JSON.parse(/^\{.*$/m.exec(output)?.[0] ?? "{}") as { checks?: Verdict[] };
      const found = checks?.find(({ level, what }) => level === "backup" && what === "folder");
      return [code, found?.outcome, found?.detail];
    };
    assert.deepEqual(await verified(), [0, "pass", folder]);
    const lineFor = (what: string) => `${folder} ${what}; mount or move it back, then berth restart backup`;
    const moved = `${folder}-moved`;
    await rename(folder, moved);
    try {
      assert.deepEqual(await verified(), [1, "fail", lineFor("isn't there any more")]);
      await mkdir(folder);
      const another = lineFor("is another folder than the one that backups go to");
      assert.deepEqual(await verified(), [1, "fail", another]);
      await must("restart", inFolder(), "--yes", "backup");
      assert.deepEqual(await verified(), [0, "pass", folder]);
    } finally {
      await rm(folder, { recursive: true, force: true });
      await rename(moved, folder);
      await must("restart", inFolder(), "--yes", "backup");
    }
    assert.deepEqual(await verified(), [0, "pass", folder]);
  });

  it("are made by a container that keeps no power but to read everybody's files, write the folder and serve a drill", async () => {
    const audited = { name: berth.stack, dockerObjects: () => berth.dockerObjects() };
    // CAP_DAC_OVERRIDE, CAP_SETGID and CAP_SETUID (capability.h): 1, 6 and 7.
    const powers = { capabilities: held("00000000000000c2"), dangers: ["added capabilities"] };
    await assertConfined(audited, { backup: powers });
  });

  it("hold up a migration that comes without one: it doesn't run, and the old release serves on", async () => {
    const serving = await serves();
    const next = await release("berth/reference-app:1", "backup-fails");
    // As a folder that is no longer mounted.
    const away = await emptied(folder);
    const { code, output } = await berth.up(...inFolder(), `images.app=${next}`).ended;
    await away.back();
    assert.notEqual(code, 0, output);
    assert.match(output, /backup-app-migration: must exit with 0, got 1/);
    assert.match(output, /there was a repository at the target, and it is gone; see that it is mounted/);
    const { Id } = await docker.getImage(next).inspect();
    const { containers } = await berth.dockerObjects();
    // Its check and its backup may have begun.
    const migrations = containers.filter(
      ({ ImageID, Names }) => ImageID === Id && Names.some((name) => name.includes("app-migration")),
    );
    assert.deepEqual(
      migrations.map(({ Names }) => Names),
      [],
    );
    assert.deepEqual(await serves(), serving);
    assert.deepEqual(await documents(berth.url), before);
  });

  it("don't let a stack be destroyed that another machine's command is restoring", async () => {
    const restoring = await docker.createContainer({
      Image: probeImage,
      Cmd: ["/bin/busybox", "sleep", "600"],
      Labels: { "berth.stack": berth.stack, [restoreLabel]: "" },
      HostConfig: { NetworkMode: "none" },
    });
    await restoring.start();
    const settings = berth.settings(...inFolder());
    const { code, output } = await berth.start("destroy", "--data", "--yes", ...settings).ended;
    await restoring.remove({ force: true });
    assert.equal(code, 1, output);
    assert.match(output, /must be free, got a restore in container \S+; berth restore --stack /);
    assert.equal(Object.keys(await documents(berth.url)).length, 2);
  });

  it("give back every row and file to a system made anew, from the folder and the password alone", async () => {
    await elsewhere.leave(berth.stack);
    await must("destroy", inFolder(), "--data", "--yes");
    assert.deepEqual((await berth.dockerObjects()).volumes, []);
    await must("up", inFolder());
    assert.deepEqual(await documents(berth.url), {});
    const output = await must("restore", inFolder(), "--yes");
    assert.match(output, /^backup: database docsai$/m);
    assert.match(output, /^backup: volume media$/m);
    assert.deepEqual(await documents(berth.url), before);
  });

  it("are made before a migration, and give it all back from the bucket too, though ^C and a kill meet the command", async (t) => {
    await elsewhere.join(berth.stack);
    const next = `images.app=${await release("berth/reference-app:1", "backup-next")}`;
    await must("up", [...inBucket(), next]);
    const { backups } = JSON.parse(await must("backup", [...inBucket(), next], "list", "--json")) as {
      backups: unknown[];
    };
    assert.equal(backups.length, 2);
    const { containers } = await berth.dockerObjects();
    const idOf = (service: string) =>
      containers.find(
        ({ Labels, State }) =>
          Labels["berth.service"] === service && Labels["berth.role"] === "service" && State === "running",
      )?.Id ?? "";
    const spoilt = await exec(idOf("postgres"), [
      "psql",
      "-U",
      "postgres",
      "docsai",
      "-c",
      "truncate documents_document",
    ]);
    assert.equal(spoilt.code, 0, spoilt.output);
    const gone = await exec(idOf("app"), ["sh", "-c", "find /var/www/media -type f -name '*.txt' -delete"]);
    assert.equal(gone.code, 0, gone.output);
    assert.deepEqual(await documents(berth.url), {});
    const cut = berth.start("restore", "--yes", ...berth.settings(...inBucket(), next));
    await cut.whileGoing("a restore at work", async () =>
      (await berth.dockerObjects()).containers.some(
        ({ Labels, State }) => restoreLabel in Labels && State === "running",
      ),
    );
    process.kill(cut.pid, "SIGINT");
    await cut.whileGoing("^C to be heeded and no more", () =>
      Promise.resolve(/^it goes on to its end/m.test(cut.output())),
    );
    end(cut.pid);
    await cut.ended;
    const beside = await berth.up(...inBucket(), next).ended;
    assert.equal(beside.code, 1, beside.output);
    assert.match(beside.output, /must be free, got a restore in container \S+; berth restore --stack /);
    const begun = performance.now();
    const followed = await must("restore", [...inBucket(), next]);
    await t.annotate(`followed to its end in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    assert.match(followed, /^following a restore that was cut off$/m);
    assert.match(followed, /^backup: restored what was kept at /m);
    assert.deepEqual(await documents(berth.url), before);
    const left = (await berth.dockerObjects()).containers.filter(({ Labels }) => restoreLabel in Labels);
    assert.deepEqual(left, []);
    await elsewhere.leave(berth.stack);
  });

  it("go by a rotated password alone, and those made before it are read by it", async () => {
    const place = await mkdtemp(join(folder, "rotated-"));
    const generated = (counter: number) => [`backup.to=${place}`, `rotate.backup-password=${counter}`];
    const backups = async (counter: number) => {
      const text = await must("backup", generated(counter), "list", "--json");
      return (JSON.parse(text) as { backups: { time: string }[] }).backups.map(({ time }) => time);
    };
    await must("up", generated(1));
    await must("backup", generated(1));
    const made = await backups(1);
    // One is made before the application's migration where the run before had another image.
    assert.ok(made.length >= 1);
    const first = await inBackup("cat", "/etc/berth/password");
    assert.equal((await opens("/etc/berth/password")).code, 0);
    // What a run leaves that is killed: no key can be removed while it is there.
    const restic = "/run/berth-restic/restic --password-file /etc/berth/password";
    const killed = `sleep 300 | ${restic} backup --stdin >/dev/null & run=$!
      until [ "$(${restic} --no-lock list locks)" ]; do kill -0 $run; sleep 0.2; done; kill -9 $run`;
    const planted = await inBackup("sh", "-ec", killed);
    assert.equal(planted.code, 0, planted.output);
    await must("up", generated(2));
    assert.equal((await inBackup("cat", "/etc/berth/former-password-1")).output, first.output);
    await until("the former password is refused", 180, async () => {
      const { code, output } = await opens("/etc/berth/former-password-1");
      assert.ok(code === 0 || /wrong password|no key found/.test(output), output);
      return code === 12;
    });
    assert.equal((await opens("/etc/berth/password")).code, 0);
    const locks = "/run/berth-restic/restic --password-file /etc/berth/password --no-lock list locks";
    assert.equal((await inBackup(...locks.split(" "))).output.trim(), "");
    assert.deepEqual(await backups(2), made);
    await must("restore", generated(2), "--yes");
    assert.deepEqual(await documents(berth.url), before);
  });

  /** What runs of the application, and since when. */
  async function serves(): Promise<string[]> {
    const { containers } = await berth.dockerObjects();
    const found = containers.filter(
      ({ Labels }) => Labels["berth.service"] === "app" && Labels["berth.role"] === "service",
    );
    const looks = await Promise.all(found.map(({ Id }) => docker.getContainer(Id).inspect()));
    return looks.map(({ Id, State }) => `${Id} ${State.StartedAt}`).sort();
  }

  async function inBackup(...command: string[]) {
    const { containers } = await berth.dockerObjects();
    const found = containers.find(
      ({ Labels }) => Labels["berth.service"] === "backup" && Labels["berth.role"] === "service",
    );
    return exec(found?.Id ?? "", command);
  }

  /** Whether the repository opens with a password that is in a file of what makes backups. */
  function opens(file: string) {
    return inBackup("/run/berth-restic/restic", "--no-lock", "--password-file", file, "cat", "config");
  }
});
