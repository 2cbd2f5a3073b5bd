import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { Berth } from "../tools/berth.ts";
import { exec } from "../tools/docker.ts";
import { laterPostgres, prepareLaterPostgres } from "../tools/laterPostgres.ts";
import { documents, uploadDocuments } from "./documents.ts";

const later = `images.postgres=${laterPostgres}`;

describe("docsai's database", () => {
  let berth: Berth;
  let before: Record<string, string>;
  beforeAll(async () => {
    await prepareLaterPostgres();
    berth = await Berth.open("docsai");
    await must("up");
    await uploadDocuments(berth.url);
    before = await documents(berth.url);
    assert.deepEqual(Object.keys(before).sort(), ["Plan", "Report"]);
  });
  afterAll(() => berth.close());

  async function run(verb: string, settings: string[], words: string[]) {
    return berth.start(verb, ...words, ...berth.settings(...settings)).ended;
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
  const folders = async () => (await inside("ls", "/var/lib/postgresql/data")).split("\n").sort();

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

  it("is moved to a later version with every row, and the old data is kept", async () => {
    const output = await must("upgrade", [later], "postgres", "--yes");
    assert.match(output, /^postgres: docsai is copied$/m);
    assert.match(output, /^postgres: docsai has its \d+ tables$/m);
    assert.match(output, /^the data of PostgreSQL 15 \(\d+M\) is kept: /m);
    assert.match(await version(), /^18/);
    assert.deepEqual(await folders(), ["pgdata", "pgdata.15"]);
    assert.deepEqual(await documents(berth.url), before);
    const { checks } = JSON.parse(await must("verify", [later], "--json")) as {
      checks: { what: string; outcome: string }[];
    };
    const order = checks.filter(({ what }) => what.startsWith("order of text in "));
    assert.deepEqual(
      order.map(({ outcome }) => outcome),
      ["pass"],
    );
    const { containers } = await berth.dockerObjects();
    assert.deepEqual(
      containers.filter(({ Labels }) => Labels["berth.role"] === "run"),
      [],
    );
  });

  it("returns to what is kept, without what was written since, and keeps that in turn", async () => {
    await inside("psql", "-U", "postgres", "docsai", "-c", "truncate documents_document cascade");
    assert.deepEqual(await documents(berth.url), {});
    await must("upgrade", [], "postgres", "--back", "--yes");
    assert.match(await version(), /^15/);
    assert.deepEqual(await folders(), ["pgdata", "pgdata.18"]);
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
