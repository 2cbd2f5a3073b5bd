import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, it } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage } from "../../services/backup/definition.ts";
import type { SystemName } from "../../systems/index.ts";
import { Berth, type Ended } from "../tools/berth.ts";
import { docker, exec, inspect } from "../tools/docker.ts";
import { json, post } from "../tools/http.ts";
import { laterPostgres, prepareLaterPostgres } from "../tools/laterPostgres.ts";
import { prepareImages } from "../tools/prepare.ts";
import { until } from "../tools/wait.ts";

/** Of each table of the database it is asked in, how many rows there are and what they hold. */
const contents = `select table_name, (xpath('count(//row)', content))[1], md5(content::text) from information_schema.tables,
  lateral (select query_to_xml(format('select * from %I order by 1', table_name), true, false, '') as content) one
  where table_schema = 'public' order by 1`;

/** A system on this machine, and a folder where its backups go. */
class BackedUp {
  private constructor(
    readonly berth: Berth,
    readonly folder: string,
    private readonly settings: string[],
  ) {}

  static async open(system: SystemName, settings: (folder: string) => string[] = () => []) {
    const berth = await Berth.open(system);
    const folder = await mkdtemp(join(tmpdir(), "berth-restores-"));
    // Services below it belong to many users.
    await chmod(folder, 0o755);
    const target = ["backup.password=correct-horse-battery", `backup.to=${join(folder, "backups")}`];
    return new BackedUp(berth, folder, [...target, ...settings(folder)]);
  }

  tried(verb: string, ...options: string[]): Promise<Ended> {
    return this.berth.start(verb, ...options, ...this.berth.settings(...this.settings)).ended;
  }

  async must(verb: string, ...options: string[]): Promise<string> {
    const { code, output } = await this.tried(verb, ...options);
    assert.equal(code, 0, output);
    return output;
  }

  async idOf(service: string): Promise<string> {
    const { containers } = await this.berth.dockerObjects();
    const found = containers.find(
      ({ Labels, State }) =>
        Labels["berth.service"] === service && Labels["berth.role"] === "service" && State === "running",
    );
    assert.ok(found, `a container of ${service}`);
    return found.Id;
  }

  async inside(service: string, ...command: string[]): Promise<string> {
    const { code, output } = await exec(await this.idOf(service), command);
    assert.equal(code, 0, output);
    return output.trim();
  }

  rows(database: string): Promise<string> {
    return this.inside("postgres", "psql", "-U", "postgres", "-d", database, "-XAtc", contents);
  }

  /** Services that a drill started and saw healthy. Nothing of it is left. */
  async drilled(): Promise<string[]> {
    const output = await this.must("drill");
    const held = Object.values(await this.berth.dockerObjects()).flat();
    const left = held.filter(
      ({ Labels }) => (Labels as Record<string, string> | null)?.["berth.role"] === "drill",
    );
    assert.deepEqual(left, []);
    return [...output.matchAll(/^drill: (\S+) is healthy with it$/gm)].map(([, name = ""]) => name).sort();
  }

  async close(): Promise<void> {
    await this.berth.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

let system: BackedUp;
beforeAll(async () => {
  await prepareImages([probeImage, resticImage]);
  await prepareLaterPostgres();
});

describe("arv's backups", () => {
  beforeAll(async () => {
    system = await BackedUp.open("arv");
  });
  afterAll(() => system.close());

  it("give back every object of the store, file and row, though objects were written meanwhile", async () => {
    await system.must("up");
    const { url } = system.berth;
    const body = randomBytes(3 * 2 ** 20);
    await until("an upload", 120, () => json(`${url}/api/contents/portrait.bin`, { method: "PUT", body }));
    await system.inside("app", "python", "-c", put);
    const [objects, rows] = [await system.inside("app", "python", "-c", hashes), await system.rows("arv")];
    assert.equal(objects.split("\n").length, 4);
    assert.match(rows, /^contents\|1\|/m);
    const app = await system.idOf("app");
    const writing = exec(app, ["python", "-c", overwrite]);
    await until("objects that are overwritten", 120, async () => {
      const { code } = await exec(app, ["test", "-e", "/tmp/begun"]);
      return code === 0;
    });
    const made = await system.must("backup");
    await exec(app, ["touch", "/tmp/enough"]);
    const { code, output } = await writing;
    assert.equal(code, 0, output);
    assert.match(made, /^backup: volume content$/m);
    assert.match(made, /^backup: volume minio-data$/m);
    assert.match(made, /^backup: volume minio-data: read again what .*, objects: [1-9]/m);
    // The backup has the key of before.
    await system.must("up", "--config", "rotate.minio-secret-key=2");
    assert.deepEqual(await system.drilled(), ["app", "minio", "postgres", "redis"]);

    await system.must("destroy", "--data", "--yes");
    assert.deepEqual((await system.berth.dockerObjects()).volumes, []);
    await system.must("up");
    await assert.rejects(system.inside("app", "python", "-c", hashes), /answered 404/);
    await system.must("restore", "--yes");
    assert.equal(await system.inside("app", "python", "-c", hashes), objects);
    assert.equal(await system.inside("app", "python", "-c", whole), "20 whole");
    assert.equal(await system.rows("arv"), rows);
    const served = await fetch(`${url}/storage/portrait.bin`);
    assert.deepEqual(Buffer.from(await served.arrayBuffer()), body);
  });
});

describe("vru's backups, with its data in folders", () => {
  let dataRoot: string;
  const model = randomBytes(2 * 2 ** 20);
  beforeAll(async () => {
    const watch = ["prometheus", "alertmanager", "grafana", "cadvisor", "node-exporter"];
    const exporters = ["postgres-exporter", "redis-exporter", "nginx-exporter"];
    const without = Object.fromEntries([...watch, ...exporters].map((name) => [name, false]));
    system = await BackedUp.open("vru", (folder) => {
      dataRoot = join(folder, "platform");
      return [`dataRoot=${dataRoot}`, `optional=${JSON.stringify(without)}`];
    });
  });
  afterAll(() => system.close());

  it("give back every model and row to folders made anew", async () => {
    await system.must("up");
    const items = `${system.berth.url}/api/items`;
    await until("a first row", 120, () => post(items, { text: "kept" }));
    await post(items, { text: "kept too" });
    await mkdir(join(dataRoot, "models/detectors"));
    await writeFile(join(dataRoot, "models/detectors/street.onnx"), model);
    const rows = await system.rows("vru");
    assert.match(rows, /^items\|2\|/m);
    assert.match(await system.must("backup"), /^backup: volume models$/m);
    const applications = ["api-gateway", "camera-service", "frontend", "ml-engine", "validation-engine"];
    assert.deepEqual(await system.drilled(), [...applications, "postgres", "redis"].sort());
    assert.equal(await system.rows("vru"), rows);

    await system.must("destroy", "--data", "--yes");
    // Whose folders they are nobody else may say: they outlive the stack.
    await rm(dataRoot, { recursive: true });
    await system.must("up");
    assert.equal((await json<{ count: number }>(items)).count, 0);
    await system.must("restore", "--yes");
    assert.equal(await system.rows("vru"), rows);
    assert.equal((await json<{ count: number }>(items)).count, 2);
    assert.deepEqual(await readFile(join(dataRoot, "models/detectors/street.onnx")), model);
    const sum = createHash("sha256").update(model).digest("hex");
    const seen = await system.inside("ml-engine", "sha256sum", "/models/detectors/street.onnx");
    assert.equal(seen, `${sum}  /models/detectors/street.onnx`);
  });

  it("precede the move of its database to a later version, within its folder and with every row", async () => {
    const before = await system.rows("vru");
    const server = await system.idOf("postgres");
    const output = await system.must(
      "upgrade",
      "postgres",
      "--yes",
      "--config",
      `images.postgres=${laterPostgres}`,
    );
    const order = ["backup: complete, of ", "postgres: vru is copied", "postgres: vru has its "];
    const places = order.map((line) => output.indexOf(`\n${line}`));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
      output,
    );
    assert.ok((places[0] ?? -1) > 0, output);
    assert.notEqual(await system.idOf("postgres"), server);
    const { Image } = await inspect(await system.idOf("postgres"));
    assert.equal(Image, (await docker.getImage(laterPostgres).inspect()).Id);
    assert.equal(await system.rows("vru"), before);
    const versions = ["pgdata", "pgdata.15"].map((name) =>
      readFile(join(dataRoot, "postgres", name, "PG_VERSION"), "utf8"),
    );
    assert.deepEqual(await Promise.all(versions), ["18\n", "15\n"]);
  });
});

describe("a drill starts each application of the running release", () => {
  afterEach(() => system.close());

  it.each([
    ["attn", ["api-gateway", "attn_backend_api", "attn_postgres", "attn_redis"]],
    ["loc8", ["backend", "frontend", "postgres", "redis"]],
  ] as const)("of %s", async (name, services) => {
    system = await BackedUp.open(name);
    await system.must("up");
    await system.must("backup");
    assert.deepEqual(await system.drilled(), services);
  });
});

/** Objects of a few sizes, one of them overwritten: small ones and large ones are kept differently. */
const put = `
import os
from app import s3
for name, size in (("a word", 10), ("pictures/lion.svg", 100_000), ("pictures/street.bin", 900_000), ("video.bin", 6_000_000)):
    s3.store.put(name, os.urandom(size), "application/octet-stream")
s3.store.put("video.bin", os.urandom(7_000_000), "application/octet-stream")
`;

const hashes = `
import hashlib
from app import s3
for name in ("a word", "pictures/lion.svg", "pictures/street.bin", "video.bin"):
    print(name, hashlib.sha256(s3.store.get(name)).hexdigest())
`;

/** Objects that tell by themselves whether they are whole, half of them in a bucket that keeps no versions. */
const checked = `
import copy, hashlib, os, threading, time
from app import s3
plain = copy.copy(s3.store)
plain.bucket = "plain"
def bucket(name):
    return plain if name % 2 else s3.store
def write(name, size=200_000):
    rest = os.urandom(size)
    bucket(name).put(f"live/{name}", hashlib.sha256(rest).digest() + rest, "application/octet-stream")
`;

/**
 * They are overwritten by four at a time until somebody has had enough. The first has former versions that take seconds
 * to read, and so is overwritten while it is read.
 */
const overwrite = `${checked}
plain._ask("PUT", "")
def writes(first):
    while not os.path.exists("/tmp/enough"):
        for name in range(first, 20, 4):
            write(name)
            time.sleep(0.05)
for _ in range(8):
    write(0, 8_000_000)
for name in range(20):
    write(name)
open("/tmp/begun", "w").close()
threads = [threading.Thread(target=writes, args=(first,)) for first in range(4)]
for one in threads: one.start()
for one in threads: one.join()
`;

const whole = `${checked}
count = 0
for name in range(20):
    try:
        found = bucket(name).get(f"live/{name}")
    except s3.StoreError as error:
        print(error)
        continue
    count += hashlib.sha256(found[32:]).digest() == found[:32]
print(count, "whole")
`;
