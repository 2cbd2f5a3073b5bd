import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage } from "../../services/backup/definition.ts";
import { Berth } from "../tools/berth.ts";
import { docker, exec } from "../tools/docker.ts";
import { laterPostgres, prepareLaterPostgres } from "../tools/laterPostgres.ts";
import { plainPostgres } from "../tools/plainPostgres.ts";
import { prepareImages } from "../tools/prepare.ts";
import { documents, uploadDocuments } from "./documents.ts";
import { emptied } from "./emptied.ts";

const later = `images.postgres=${laterPostgres}`;

/** What somebody had in the volume before there was a stack: a role, and a database of another owner. */
const holds = [
  "CREATE ROLE clerk LOGIN PASSWORD 'notasecret'",
  'CREATE DATABASE "the ledger" OWNER clerk',
  '\\c "the ledger" clerk',
  "CREATE TABLE entries (id serial PRIMARY KEY, line text UNIQUE)",
  "INSERT INTO entries (line) SELECT 'line ' || n FROM generate_series(1, 1000) AS n",
];

describe("docsai's database", () => {
  let berth: Berth;
  let before: Record<string, string>;
  let folder: string;
  beforeAll(async () => {
    await prepareImages([probeImage, resticImage]);
    await prepareLaterPostgres();
    folder = await mkdtemp(join(tmpdir(), "berth-upgrades-"));
    berth = await Berth.open("docsai");
    const data = `${berth.stack}-postgres-data`;
    // By its label a volume is known as the stack's.
    await docker.createVolume({ Name: data, Labels: { "berth.stack": berth.stack } });
    await plainPostgres({ image: "postgres:15", data, holds });
    await must("up");
    await uploadDocuments(berth.url);
    before = await documents(berth.url);
    assert.deepEqual(Object.keys(before).sort(), ["Plan", "Report"]);
  });
  afterAll(async () => {
    await berth.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(verb: string, settings: string[], words: string[]) {
    const kept = ["backup.password=correct-horse-battery", `backup.to=${folder}`];
    return berth.start(verb, ...words, ...berth.settings(...kept, ...settings)).ended;
  }

  async function must(verb: string, settings: string[] = [], ...words: string[]): Promise<string> {
    const { code, output } = await run(verb, settings, words);
    assert.equal(code, 0, output);
    return output;
  }

  async function idOf(service: string): Promise<string> {
    const { containers } = await berth.dockerObjects();
    const found = containers.filter(
      ({ Labels, State }) =>
        Labels["berth.service"] === service && Labels["berth.role"] === "service" && State === "running",
    );
    assert.equal(found.length, 1, `containers of ${service}`);
    return found[0]?.Id ?? "";
  }

  async function inside(...command: string[]): Promise<string> {
    const { code, output } = await exec(await idOf("postgres"), command);
    assert.equal(code, 0, output);
    return output.trim();
  }

  const version = () => inside("psql", "-U", "postgres", "-Atc", "show server_version_num");
  const entries = (password: string) =>
    inside(
      "psql",
      `postgresql://clerk:${password}@postgres/the%20ledger`,
      "-Atc",
      "SELECT max(id), max(line) FROM entries",
    );
  const folders = async () => (await inside("ls", "/var/lib/postgresql/data")).split("\n").sort();

  /** Every container of the stack's that runs, and since when. */
  async function running(): Promise<string[]> {
    const { containers } = await berth.dockerObjects();
    const looks = await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).inspect()));
    return looks.filter(({ State }) => State.Running).map(({ Id, State }) => `${Id} ${State.StartedAt}`);
  }

  /** Times of the whole ones, the oldest first. */
  async function backups(): Promise<string[]> {
    const { backups: found } = JSON.parse(await must("backup", [], "list", "--json")) as {
      backups: { time: string }[];
    };
    return found.map(({ time }) => time);
  }

  /** What verify says of the order of text. */
  async function orders(): Promise<string[]> {
    const { output } = await run("verify", [later], ["--json"]);
    const { checks } = JSON.parse(output) as {
      checks: { what: string; outcome: string; detail: string }[];
    };
    return checks
      .filter(({ what }) => what.startsWith("order of text in "))
      .map(({ outcome, detail }) => (outcome === "pass" ? outcome : `${outcome} ${detail}`));
  }

  it("isn't moved to the version it has, and runs on", async () => {
    const server = await idOf("postgres");
    const { code, output } = await run("upgrade", [], ["postgres", "--yes"]);
    assert.equal(code, 1);
    assert.match(
      output,
      /^images\.postgres: must hold a later major version than PostgreSQL 15, which made the data, got 15\.\d+ in postgres:15; name one with --image$/m,
    );
    assert.equal(await idOf("postgres"), server);
  });

  it("isn't moved while no backup can be made, and nothing stops for that", async () => {
    await must("backup");
    const runs = await running();
    const away = await emptied(folder);
    const { code, output } = await run("upgrade", [later], ["postgres", "--yes"]);
    await away.back();
    assert.equal(code, 1);
    assert.match(output, /there was a repository at the target, and it is gone/);
    assert.match(
      output,
      /^backup: must be complete before data is moved, got a failed one; berth backup says why$/m,
    );
    assert.doesNotMatch(output, /^stopping /m);
    assert.deepEqual(await running(), runs);
    assert.deepEqual(await folders(), ["pgdata"]);
    assert.deepEqual(await documents(berth.url), before);
  });

  it("is moved to a later version with every row after a backup, and the old data is kept", async () => {
    const made = await backups();
    const output = await must("upgrade", [later], "postgres", "--yes");
    assert.match(output, /^backup: complete, of [^]*^stopping app$/m);
    const kept = await backups();
    assert.deepEqual(kept.slice(0, -1), made);
    const manifest = ["/run/berth-probe/busybox", "sh", "/etc/berth/backup.sh", "manifest"];
    const read = await exec(await idOf("backup"), [...manifest, kept.at(-1) ?? "", berth.stack]);
    assert.match(read.output, /^server\tpostgres\t15\d{4}\t/m);
    assert.match(read.output, /^rows\tpostgres\tthe ledger\tpublic\.entries\t1000$/m);
    assert.match(output, /^postgres: docsai is copied$/m);
    assert.match(output, /^postgres: docsai has its \d+ tables$/m);
    assert.match(output, /^the data of PostgreSQL 15 \(\d+M\) is kept: /m);
    assert.match(await version(), /^18/);
    assert.deepEqual(await folders(), ["pgdata", "pgdata.15"]);
    assert.deepEqual(await documents(berth.url), before);
    assert.equal(await entries("notasecret"), "1000|line 999");
    await assert.rejects(entries("another"), /password authentication failed/);
    const { containers } = await berth.dockerObjects();
    assert.deepEqual(
      containers.filter(({ Labels }) => Labels["berth.role"] === "run"),
      [],
    );
  });

  it("is said to have indexes in another order of text, with the command that mends it", async () => {
    assert.deepEqual(await orders(), ["pass"]);
    await inside(
      "psql",
      "-U",
      "postgres",
      "-c",
      "UPDATE pg_database SET datcollversion = '1.0' WHERE datname = 'the ledger'",
    );
    const [mismatch = ""] = await orders();
    assert.match(
      mismatch,
      /^fail its indexes have that of version 1\.0, and the image \d\S+, so that they may miss rows; berth exec /,
    );
    const [, command = ""] = mismatch.split(" postgres -- ");
    await inside("sh", "-c", command);
    assert.deepEqual(await orders(), ["pass"]);
  });

  it("returns to what is kept, without what was written since, and keeps that in turn", async () => {
    await inside("psql", "-U", "postgres", "docsai", "-c", "truncate documents_document cascade");
    assert.deepEqual(await documents(berth.url), {});
    await must("upgrade", [], "postgres", "--back", "--yes");
    assert.match(await version(), /^15/);
    assert.deepEqual(await folders(), ["pgdata", "pgdata.18"]);
    assert.equal(await entries("notasecret"), "1000|line 999");
    assert.deepEqual(await documents(berth.url), before);
  });

  it("loses what is kept by --finish alone", async () => {
    const refused = await run("upgrade", [later], ["postgres", "--yes"]);
    assert.equal(refused.code, 1);
    assert.match(refused.output, /got that of PostgreSQL 18; berth upgrade postgres --finish removes it/);
    assert.match(
      await must("upgrade", [], "postgres", "--finish", "--yes"),
      /^deleted the data of PostgreSQL 18 \(\d+M\)$/m,
    );
    assert.deepEqual(await folders(), ["pgdata"]);
    assert.deepEqual(await documents(berth.url), before);
  });
});
