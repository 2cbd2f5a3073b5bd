import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, test } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage } from "../../services/backup/definition.ts";
import { laterPostgres, prepareLaterPostgres } from "../tools/laterPostgres.ts";
import { prepareImages } from "../tools/prepare.ts";
import { childrenOf, end } from "../tools/processes.ts";
import { skipWhen } from "../tools/skip.ts";
import { BackedServer } from "./backedServer.ts";
import { documents, uploadDocuments } from "./documents.ts";
import { Elsewhere, storageImage } from "./elsewhere.ts";
import { noStandin } from "./sshRig.ts";

const skip = await noStandin();

/** Ends the sessions by which a command speaks with the machine's Docker, as a connection that breaks does. Returns how many. */
async function breakSessions(command: number): Promise<number> {
  let broken = 0;
  for (const pid of await childrenOf(command)) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!line.includes("docker system dial-stdio")) continue;
    end(pid);
    broken++;
  }
  return broken;
}

describe("a server that burnt down", skipWhen(skip), () => {
  let elsewhere: Elsewhere;
  const open: BackedServer[] = [];
  /** That on the fresh machine, and what it was given back. */
  let second: BackedServer;
  let before: Record<string, string>;
  beforeAll(async () => {
    await prepareImages([resticImage, probeImage, storageImage]);
    await prepareLaterPostgres();
    elsewhere = await Elsewhere.open();
  });
  afterAll(async () => {
    for (const place of open) await place[Symbol.asyncDispose]();
    await elsewhere.close();
  });

  test("is there again on a fresh machine with every row and file, from the storage and the password alone, over a connection that breaks", async (t) => {
    const first = await BackedServer.open("sshtest-restore-old", elsewhere);
    open.push(first);
    await first.must("up");
    await uploadDocuments(first.url);
    before = await documents(first.url);
    const rows = await first.rows();
    assert.deepEqual(Object.keys(before).sort(), ["Plan", "Report"]);
    assert.match(rows, /^documents_document\|2$/m);
    assert.match(await first.must("backup"), /^backup: complete, of .* UTC$/m);
    const [password, name] = [await first.password(), first.berth.stack];
    assert.match(password, /^\S{20,}$/);
    await first[Symbol.asyncDispose]();
    open.pop();

    const begin = performance.now();
    second = await BackedServer.open("sshtest-restore-new", elsewhere, `backup.password=${password}`);
    open.push(second);
    await second.must("up");
    assert.deepEqual(await documents(second.url), {});
    const restoring = second.start("restore", "--from", name, "--yes");
    await restoring.whileGoing(
      "a connection to break in the middle of it",
      async () => (await second.isRestoring()) && (await breakSessions(restoring.pid)) > 0,
    );
    const { code, output } = await restoring.ended;
    assert.equal(code, 0, output);
    assert.equal(output.match(/^backup: restored what was kept at /gm)?.length, 1, output);
    await t.annotate(`all there ${((performance.now() - begin) / 1000).toFixed(0)} s after a bare machine`);
    assert.deepEqual(await documents(second.url), before);
    assert.equal(await second.rows(), rows);
  });

  /** Times of the second stack's, the oldest first. */
  const own = async () => {
    const { backups } = JSON.parse(await second.must("backup", "list", "--json")) as {
      backups: { time: string; stack: string }[];
    };
    return backups.filter(({ stack }) => stack === second.berth.stack).map(({ time }) => time);
  };

  test("lists its backups and those of the stack before, and is given back the one that --at means", async () => {
    await second.must("backup");
    await second.inside(
      "postgres",
      "psql",
      "-U",
      "postgres",
      "docsai",
      "-c",
      "truncate documents_document cascade",
    );
    await second.must("backup");
    const [full = "", empty = "", ...more] = await own();
    assert.deepEqual([full < empty, more], [true, []]);
    const lines = (await second.must("backup", "list")).trim().split("\n");
    assert.deepEqual(
      lines
        .slice(1)
        .map((line) => line.split(/ +/)[0])
        .slice(-2),
      [full, empty],
    );
    assert.equal(lines.length, 1 + 3, lines.join("\n"));
    assert.deepEqual(await documents(second.url), {});
    const early = await second.start("restore", "--at", "2020-01-01", "--yes").ended;
    assert.deepEqual(
      [early.code, early.output],
      [1, `--at: must not be before the first backup of stack ${second.berth.stack}, ${full}\n`],
    );
    assert.match(await second.must("restore", "--at", full, "--yes"), new RegExp(`kept at ${full} of stack`));
    assert.deepEqual(await documents(second.url), before);
  });

  test("has a drill that fails for a piece that the storage lost, and none when it is there again", async () => {
    const lost = await elsewhere.loseLargest();
    const { code, output } = await second.start("drill").ended;
    await lost.back();
    assert.equal(code, 1, output);
    assert.match(output, /^backup: drill: the backup is damaged: /m);
    const status = await second.start("status").ended;
    assert.match(status.output, /the backup is damaged: /);
    assert.match(await second.must("drill"), /^drill: app is healthy with it$/m);
  });

  test("has its database moved to a later version with every row, after a backup", async () => {
    await second.addImages(laterPostgres);
    const made = await own();
    second.set(`images.postgres=${laterPostgres}`);
    const output = await second.must("upgrade", "postgres", "--yes");
    assert.match(output, /^backup: complete, of [^]*^stopping app$/m);
    assert.match(output, /^postgres: docsai has its \d+ tables$/m);
    assert.match(output, /^the data of PostgreSQL 15 \(\d+M\) is kept: /m);
    assert.equal((await own()).length, made.length + 1);
    assert.match(
      await second.inside("postgres", "psql", "-U", "postgres", "-Atc", "show server_version_num"),
      /^18/,
    );
    assert.deepEqual(await documents(second.url), before);
  });
});
