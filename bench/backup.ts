import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { probeImage } from "../components/containers/probeHealth.ts";
import { resticImage } from "../services/backup/definition.ts";
import { BackedServer, counted } from "../test/live/backedServer.ts";
import { Elsewhere, storageImage } from "../test/live/elsewhere.ts";
import { Berth } from "../test/tools/berth.ts";
import { exec } from "../test/tools/docker.ts";
import { prepareImages } from "../test/tools/prepare.ts";

/**
 * Half a gigabyte of rows and as much of files, backed up and given back. Prints a table of docs/backups.md.
 *
 * `npm run bench:backup` does it here, to a folder, in five minutes. `npm run bench:backup -- ssh` does it on a stand-in
 * machine, to an S3 server that outlives it: the machine is thrown away, and all has to be on a fresh one within a
 * quarter of an hour; ten minutes. A number after it takes megabytes instead. 8 GB of disk.
 */
const limit = 15 * 60;
const words = process.argv.slice(2);
const overSsh = words.includes("ssh");
const megabytes = Number(words.find((word) => word !== "ssh") ?? 1000);
assert.ok(megabytes >= 100, `megabytes: must be a number from 100 on, got "${words.join(" ")}"`);
const half = megabytes / 2;

/** A DocsAI that is up, wherever it is. */
interface Measured {
  must(verb: string, ...options: string[]): Promise<string>;
  inside(service: string, ...words: string[]): Promise<string>;
}

const rows: [what: string, seconds: number][] = [];

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await work();
  rows.push([what, (performance.now() - begin) / 1000]);
  return result;
}

/** In DocsAI's database. */
const psql = ["psql", "-U", "postgres", "-d", "docsai", "-XqAtc"];

const file = "head -c 5000000 /dev/urandom >/var/www/media/measured-";

async function fill(system: Measured): Promise<void> {
  // A row takes 160 bytes, of which hexadecimal digits are half as much once compressed.
  const word = Array(4).fill("md5(random()::text)").join(" || ");
  const made = `create table measured as select i, ${word} as word from generate_series(1, ${half * 6250}) i`;
  await system.inside("postgres", ...psql, made);
  await system.inside("app", "sh", "-c", `for i in $(seq ${half / 5}); do ${file}$i; done`);
}

/** Rows of each table, the SHA-256 of those that are measured, and that of each file. */
async function held(system: Measured): Promise<string[]> {
  const sum = `${psql.join(" ")} 'copy (select * from measured order by i) to stdout' | sha256sum`;
  const sums = "cd /var/www/media && find . -type f -exec sha256sum {} + | sort -k 2";
  return [
    await system.inside("postgres", ...psql, counted),
    await system.inside("postgres", "sh", "-c", sum),
    await system.inside("app", "sh", "-c", sums),
  ];
}

/** From the first backup to a drill of the last. */
async function backUp(system: Measured): Promise<string[]> {
  await fill(system);
  await timed("the first backup", () => system.must("backup"));
  await system.inside("app", "sh", "-c", `for i in $(seq ${half / 500}); do ${file}$i; done`);
  await timed("the next, of which a hundredth of the files is new", () => system.must("backup"));
  await timed("`berth drill`, with the release started against it", () => system.must("drill"));
  return held(system);
}

async function here(): Promise<void> {
  const berth = await Berth.open("docsai");
  const folder = await mkdtemp(join(tmpdir(), "berth-backups-"));
  const settings = berth.settings("backup.password=correct-horse-battery", `backup.to=${folder}`);
  const system: Measured = {
    must: async (verb, ...options) => {
      const { code, output } = await berth.start(verb, ...options, ...settings).ended;
      assert.equal(code, 0, output);
      return output;
    },
    inside: async (service, ...command) => {
      const { containers } = await berth.dockerObjects();
      const one = containers.find(
        ({ Labels }) => Labels["berth.service"] === service && Labels["berth.role"] === "service",
      );
      const { code, output } = await exec(one?.Id ?? "", command);
      assert.equal(code, 0, output);
      return output;
    },
  };
  try {
    await system.must("up");
    const before = await backUp(system);
    await timed("`berth restore`", () => system.must("restore", "--yes"));
    assert.deepEqual(await held(system), before);
  } finally {
    await berth.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function burntDown(): Promise<void> {
  const elsewhere = await Elsewhere.open({ onDisk: true });
  const open: BackedServer[] = [];
  const opened = async (name: string, ...settings: string[]): Promise<BackedServer & Measured> => {
    const server = await BackedServer.open(`sshtest-measured-${name}`, elsewhere, ...settings);
    open.push(server);
    return server;
  };
  try {
    const old = await opened("old");
    await old.must("up");
    const before = await backUp(old);
    const [password, stack] = [await old.password(), old.berth.stack];
    await old[Symbol.asyncDispose]();
    open.splice(0);
    const begin = performance.now();
    const fresh = await timed("a bare machine that starts, with what `berth setup` does", () =>
      opened("new", `backup.password=${password}`),
    );
    await timed("`berth up` on it", () => fresh.must("up"));
    await timed("`berth restore --from` the old stack", () =>
      fresh.must("restore", "--from", stack, "--yes"),
    );
    const seconds = (performance.now() - begin) / 1000;
    assert.deepEqual(await held(fresh), before);
    rows.push(["all of it, from a bare machine to the last row and file", seconds]);
    assert.ok(seconds <= limit, `all of it took ${seconds.toFixed(0)} s, limit ${limit}`);
  } finally {
    for (const server of open) await server[Symbol.asyncDispose]();
    await elsewhere.close();
  }
}

await prepareImages([resticImage, probeImage, storageImage]);
await (overSsh ? burntDown() : here());
const lines = rows.map(([what, seconds]) => `| ${what} | ${seconds.toFixed(0)} s |`);
console.log([`| ${megabytes / 1000} GB | |`, "| --- | --- |", ...lines].join("\n"));
