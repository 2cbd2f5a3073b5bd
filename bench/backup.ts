import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resticImage } from "../services/backup/definition.ts";
import { Berth } from "../test/tools/berth.ts";
import { exec } from "../test/tools/docker.ts";
import { prepareImages } from "../test/tools/prepare.ts";

/**
 * Half a gigabyte of rows and as much of files, backed up to a folder and given back: `npm run bench:backup`, five
 * minutes, 5 GB of disk. Prints the table of docs/backups.md. `npm run bench:backup -- 100` takes megabytes instead.
 */
const megabytes = Number(process.argv[2] ?? 1000);
const half = megabytes / 2;

await prepareImages([resticImage]);
const berth = await Berth.open("docsai");
const folder = await mkdtemp(join(tmpdir(), "berth-backups-"));
const settings = berth.settings("backup.password=correct-horse-battery", `backup.to=${folder}`);
const rows: [what: string, seconds: number][] = [];

async function must(verb: string, ...options: string[]): Promise<number> {
  const begin = performance.now();
  const { code, output } = await berth.start(verb, ...options, ...settings).ended;
  assert.equal(code, 0, output);
  return (performance.now() - begin) / 1000;
}

async function inside(service: string, ...words: string[]): Promise<void> {
  const { containers } = await berth.dockerObjects();
  const one = containers.find(
    ({ Labels }) => Labels["berth.service"] === service && Labels["berth.role"] === "service",
  );
  const { code, output } = await exec(one?.Id ?? "", words);
  assert.equal(code, 0, output);
}

try {
  await must("up");
  // A row takes 160 bytes, of which hexadecimal digits are half as much once compressed.
  const fill = `create table measured as select i, ${Array(4).fill("md5(random()::text)").join(" || ")} as word from generate_series(1, ${half * 6250}) i`;
  await inside("postgres", "psql", "-U", "postgres", "-d", "docsai", "-c", fill);
  const file = `head -c 5000000 /dev/urandom >/var/www/media/measured-`;
  await inside("app", "sh", "-c", `for i in $(seq ${half / 5}); do ${file}$i; done`);
  rows.push(["the first backup", await must("backup")]);
  await inside("app", "sh", "-c", `for i in $(seq ${half / 500}); do ${file}$i; done`);
  rows.push(["the next, of which a hundredth of the files is new", await must("backup")]);
  rows.push(["`berth drill`, with the release started against it", await must("drill")]);
  rows.push(["`berth restore`", await must("restore", "--yes")]);
  const lines = rows.map(([what, seconds]) => `| ${what} | ${seconds.toFixed(0)} s |`);
  console.log([`| ${megabytes / 1000} GB | |`, "| --- | --- |", ...lines].join("\n"));
} finally {
  await berth.close();
  await rm(folder, { recursive: true, force: true });
}
