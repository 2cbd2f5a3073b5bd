import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, test } from "vitest";
import { restoreLabel } from "../../cli/restore/followed.ts";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage } from "../../services/backup/definition.ts";
import { Berth, type Running } from "../tools/berth.ts";
import { prepareImages } from "../tools/prepare.ts";
import { childrenOf, end } from "../tools/processes.ts";
import { skipWhen } from "../tools/skip.ts";
import { documents, uploadDocuments } from "./documents.ts";
import { Elsewhere, storageImage } from "./elsewhere.ts";
import { hostSettings, noStandin, prepared, stock, stockImages, type Prepared } from "./sshRig.ts";

const skip = await noStandin();

/** Rows of each table, as its server counts them. */
const counted = `select table_name, (xpath('//c/text()', query_to_xml(format('select count(*) as c from %I', table_name), false, true, '')))[1]
  from information_schema.tables where table_schema = 'public' order by 1`;

/** A server and the stack of whoever runs it; nothing but settings goes from one to another. */
class Place implements AsyncDisposable {
  readonly url: string;
  #settings: string[] = [];

  private constructor(
    private readonly machine: Prepared,
    readonly berth: Berth,
    private readonly elsewhere: Elsewhere,
  ) {
    this.url = `http://${machine.standin.address}`;
  }

  static async open(name: string, elsewhere: Elsewhere, ...settings: string[]): Promise<Place> {
    const machine = await prepared("docsai", { name, stock: await stock() });
    await elsewhere.join(name);
    const images = await stockImages("docsai", machine);
    await machine.standin.addImages([probeImage, resticImage]);
    const place = new Place(machine, await Berth.open("docsai"), elsewhere);
    place.#settings = [
      ...["system=docsai", "replicas.app=1", `host=${JSON.stringify(hostSettings(machine))}`],
      ...[`images=${JSON.stringify(images)}`, ...elsewhere.settings(await elsewhere.address(name))],
      ...settings,
    ];
    return place;
  }

  start(verb: string, ...options: string[]): Running {
    const settings = this.#settings.flatMap((setting) => ["--config", setting]);
    return this.berth.start(verb, ...options, ...settings);
  }

  async must(verb: string, ...options: string[]): Promise<string> {
    const { code, output } = await this.start(verb, ...options).ended;
    assert.equal(code, 0, output);
    return output;
  }

  /** Whether a restore is at work on the machine. */
  async isRestoring(): Promise<boolean> {
    return (await this.machine.standin.exec(`docker ps -q --filter label=${restoreLabel}`)).trim() !== "";
  }

  /** What backups are encrypted with, as the stack's outputs have it for people. */
  async password(): Promise<string> {
    const { variables, path, configFile } = JSON.parse(await this.must("env", "--json")) as {
      variables: Record<string, string>;
      path: string;
      configFile: string;
    };
    const words = ["stack", "output", "secrets", "--show-secrets", "--json", "--stack", this.berth.stack];
    const env = { ...variables, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await execa(join(path, "pulumi"), words, { cwd: dirname(configFile), env });
    return (JSON.parse(stdout) as Record<string, string>)["backups, password"] ?? "";
  }

  rows(): Promise<string> {
    const database =
      "$(docker ps -q --filter label=berth.service=postgres --filter label=berth.role=service)";
    return this.machine.standin.exec(
      `docker exec ${database} psql -U postgres -d docsai -XAtc "${counted.replaceAll("\n", " ")}"`,
    );
  }

  /** The machine is gone, and with it the state of whoever ran it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.elsewhere.leave(this.machine.standin.name);
    await this.machine[Symbol.asyncDispose]();
    await this.berth.close();
  }
}

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
  const open: Place[] = [];
  beforeAll(async () => {
    await prepareImages([resticImage, probeImage, storageImage]);
    elsewhere = await Elsewhere.open();
  });
  afterAll(async () => {
    for (const place of open) await place[Symbol.asyncDispose]();
    await elsewhere.close();
  });

  test("is there again on a fresh machine with every row and file, from the storage and the password alone, over a connection that breaks", async (t) => {
    const first = await Place.open("sshtest-restore-old", elsewhere);
    open.push(first);
    await first.must("up");
    await uploadDocuments(first.url);
    const [before, rows] = [await documents(first.url), await first.rows()];
    assert.deepEqual(Object.keys(before).sort(), ["Plan", "Report"]);
    assert.match(rows, /^documents_document\|2$/m);
    assert.match(await first.must("backup"), /^backup: complete, of .* UTC$/m);
    const [password, name] = [await first.password(), first.berth.stack];
    assert.match(password, /^\S{20,}$/);
    await first[Symbol.asyncDispose]();
    open.pop();

    const begin = performance.now();
    const second = await Place.open("sshtest-restore-new", elsewhere, `backup.password=${password}`);
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
});
