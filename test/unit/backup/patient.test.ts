import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inScript } from "./shell.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-backup-patient-"));
});
afterEach(() => rm(folder, { recursive: true }));

const retry = (what: string, why: string) => `Save(<${what}/1>) returned error, retrying after 1.2s: ${why}`;
const full = "client.PutObject: Bucket quota exceeded";
const away = 'Put "http://a:9000/": dial tcp 10.0.0.4:9000: connect: connection refused';

/** restic, which writes down what it is asked for and says this; it goes on until it is ended. */
const saying = (line: string) =>
  `restic() { echo "$*" >>"$state/asked"; echo '${line}' >&2; while :; do sleep 0.1; done; };`;
/** The same that ends by itself. */
const ending = (line: string, code: number) =>
  `restic() { echo "$*" >>"$state/asked"; echo '${line}' >&2; return ${code}; };`;
const requests = async () => (await readFile(join(folder, "state/asked"), "utf8")).trim().split("\n");

test.each([
  ["full", full, `the storage has no room left: ${full}`],
  [
    "refused",
    "client.PutObject: The Access Key Id you provided does not exist",
    "the storage refuses backup.accessKey and backup.secretKey, or what they ask for: client.PutObject: The Access Key Id you provided does not exist",
  ],
])("a storage that is %s ends what is sent there at once, in one line", async (_what, why, line) => {
  const { code, wrong } = await inScript(
    folder,
    saying(retry("data", why)),
    'own_restic volumes backup "$volumes"',
  );
  expect([code, wrong.split("\n").at(-1)]).toEqual([1, `backup: volumes: ${line}`]);
  expect(await readFile(join(folder, "state/reason"), "utf8")).toBe(`volumes: ${line}\n`);
});

test("a storage that is away is told of once, before anybody knows how it ends", async () => {
  const stubs = `restic() { for each in 1 2; do echo '${retry("data", away)}' >&2; done; };`;
  expect(await inScript(folder, stubs, "own_restic volumes backup")).toEqual({
    code: 0,
    words: "",
    wrong: `backup: volumes: tries again for up to a quarter of an hour, for the storage's answer was: ${away}`,
  });
});

test("what only reads does without a lock where the storage has no room for one, and nothing else does", async () => {
  const words =
    'for each in dump restore "check --quiet" forget backup; do (own_restic it $each) || true; done';
  await inScript(folder, ending(retry("lock", full), 1), words);
  const once = (request: string) => `--retry-lock 1h ${request}`;
  const twice = (request: string) => [once(request), once(`--no-lock ${request}`)];
  const reading = ["dump", "restore", "check --quiet"].flatMap(twice);
  expect(await requests()).toEqual([...reading, once("forget"), once("backup")]);
});

test("what reads and fails otherwise isn't tried without a lock", async () => {
  const words = "(own_restic it dump) || true";
  await inScript(
    folder,
    ending("Fatal: unable to create lock in backend: repository is already locked", 11),
    words,
  );
  await inScript(folder, ending(`Load(<data/1>) failed: ${full}`, 1), words);
  expect(await requests()).toEqual(["--retry-lock 1h dump", "--retry-lock 1h dump"]);
});

test("a check reads what it is told to, and says whose it is while it tries again", async () => {
  const stubs = `restic() { echo "$*" >>"$state/asked"; echo '${retry("data", away)}' >&2; };`;
  const { code, wrong } = await inScript(folder, stubs, 'checked "drill: " --read-data');
  expect([code, wrong]).toEqual([
    0,
    `backup: drill: the check: tries again for up to a quarter of an hour, for the storage's answer was: ${away}`,
  ]);
  expect(await requests()).toEqual(["--retry-lock 1h check --quiet --read-data"]);
});

test("restic has what it is handed, and hands on what it gives", async () => {
  const stubs = "restic() { cat; };";
  expect(await inScript(folder, stubs, "echo given | own_restic it backup --stdin | tr a-z A-Z")).toEqual({
    code: 0,
    words: "GIVEN",
    wrong: "",
  });
});

test("a repository that another stack holds fails no run by its size, and the last known one stays", async () => {
  const size = async () => readFile(join(folder, "state/size"), "utf8");
  const counted = `restic() { echo '{"total_size":4096,"total_uncompressed_size":9000}'; };`;
  expect((await inScript(folder, counted, "measure")).code).toBe(0);
  expect(await size()).toBe("4096\n");
  const held = await inScript(folder, ending("repository is already locked", 11), "measure");
  expect([held.code, await size()]).toEqual([0, "4096\n"]);
});
