import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { resticImage } from "../../services/backup/definition.ts";
import { Berth } from "../tools/berth.ts";
import { exec } from "../tools/docker.ts";
import { json } from "../tools/http.ts";
import { prepareImages } from "../tools/prepare.ts";
import { release, removeReleases } from "../tools/release.ts";
import { Visitor } from "../tools/visitor.ts";
import { until } from "../tools/wait.ts";
import { Elsewhere } from "./elsewhere.ts";

const password = "backup.password=correct-horse-battery";

/** Rows and files as they were, from storage and settings alone. */
describe("docsai's backups", () => {
  let berth: Berth;
  let folder: string;
  let elsewhere: Elsewhere;
  let before: Record<string, string>;
  const inFolder = () => [password, `backup.to=${folder}`];
  const inBucket = () => [password, ...elsewhere.settings];

  beforeAll(async () => {
    await prepareImages([resticImage, "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z"]);
    berth = await Berth.open("docsai");
    folder = await mkdtemp(join(tmpdir(), "berth-backups-"));
    elsewhere = await Elsewhere.open();
  });
  afterAll(async () => {
    await elsewhere.close();
    await berth.close();
    await removeReleases();
    await rm(folder, { recursive: true, force: true });
  });

  async function must(verb: string, settings: string[], ...options: string[]): Promise<string> {
    const { code, output } = await berth.start(verb, ...options, ...berth.settings(...settings)).ended;
    assert.equal(code, 0, output);
    return output;
  }

  /** Documents by title, each with the hash of its file as the public gets it. */
  async function documents(): Promise<Record<string, string>> {
    const { documents: found } = await until("documents", 60, () =>
      json<{ documents: { title: string; url: string }[] }>(`${berth.url}/api/documents`).catch(
        () => undefined,
      ),
    );
    const hashes = found.map(async ({ title, url }) => {
      const file = Buffer.from(await (await fetch(berth.url + url)).arrayBuffer());
      return [title, createHash("sha256").update(file).digest("hex")] as const;
    });
    return Object.fromEntries(await Promise.all(hashes));
  }

  it("go into a bucket that somebody else keeps, and into a folder, by one setting", async () => {
    await must("up", inBucket());
    await elsewhere.join(berth.stack);
    const visitor = new Visitor(berth.url);
    for (const [title, size] of [
      ["Report", 300_000],
      ["Plan", 10],
    ] as const) {
      const file = new File([new Uint8Array(size).fill(66)], `${title}.txt`);
      assert.equal((await visitor.form("/upload", { title, file }, "/")).status, 302);
    }
    before = await documents();
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

  it("give back every row and file to a system made anew, from the folder and the password alone", async () => {
    await elsewhere.leave(berth.stack);
    await must("destroy", inFolder(), "--data", "--yes");
    assert.deepEqual((await berth.dockerObjects()).volumes, []);
    await must("up", inFolder());
    assert.deepEqual(await documents(), {});
    const output = await must("restore", inFolder(), "--yes");
    assert.match(output, /^backup: database docsai$/m);
    assert.match(output, /^backup: volume media$/m);
    assert.deepEqual(await documents(), before);
  });

  it("are made before a migration, and give it all back from the bucket too, over what has been spoilt", async () => {
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
    assert.deepEqual(await documents(), {});
    await must("restore", [...inBucket(), next], "--yes");
    assert.deepEqual(await documents(), before);
    await elsewhere.leave(berth.stack);
  });
});
