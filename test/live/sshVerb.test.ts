import assert from "node:assert/strict";
import { get } from "node:http";
import { execa } from "execa";
import { afterAll, beforeAll, describe, test } from "vitest";
import { prepareImages } from "../tools/prepare.ts";
import { skipWhen } from "../tools/skip.ts";
import { sleep, until } from "../tools/wait.ts";
import { noStandin, prepared, type Prepared } from "./sshRig.ts";

const skip = await noStandin();
const root = "/opt/vru-platform";
/** Beside the database and the proxy; with a check every five seconds, one after the other takes longer than 90 s. */
const apps = Array.from({ length: 17 }, (_, index) => `vru-app-${index + 1}`);
const check = (command: string, seconds: number) =>
  `--health-cmd '${command}' --health-interval ${seconds}s --health-retries 30`;
const run = (name: string, service: string, rest: string) =>
  `docker run -d --init --name ${name} --label berth.system=vru --label berth.role=service --label berth.service=${service} ${rest}`;
const volume = (name: string) =>
  `docker volume create --label berth.system=vru --label berth.role=data ${name}`;

const database = run(
  "vru-postgres",
  "postgres",
  `-e POSTGRES_PASSWORD=notasecret -v vru-rows:/var/lib/postgresql/data ${check("pg_isready -U postgres -h 127.0.0.1", 1)} postgres:15`,
);

/** Again where runc can't, see `pause` in test/tools/docker.ts. */
const pausePostgres = "timeout 60 sh -c 'until docker pause vru-postgres; do sleep 1; done'";

/** A system as the server's own verb sees one: rows, a volume, two folders, a proxy, and applications. */
const system = `set -e
${volume("vru-rows")}
${volume("vru-files")}
mkdir -p ${root}/uploads /srv/models && echo upload >${root}/uploads/one && echo model >/srv/models/two
${database}
${run("vru-nginx", "nginx", `-p 0.0.0.0:80:80 -v vru-files:/files ${check("test -e /proc/1", 1)} nginx:1.30`)}
${run("vru-zcache", "zcache", `-v ${root}/zcache:/data ${check("true", 5)} nginx:1.30 sleep 100000`)}
${apps.map((name) => run(name, name.slice(4), `-v ${root}/uploads:/uploads:ro -v /srv/models:/models ${check("true", 5)} nginx:1.30 sleep 100000`)).join("\n")}
docker exec vru-nginx sh -c 'echo kept >/files/three'`;

describe("the server's own verb", skipWhen(skip), () => {
  let machine: Prepared;
  const exec = (command: string) => machine.standin.exec(command);

  beforeAll(async () => {
    await prepareImages(["postgres:15", "nginx:1.30"]);
    machine = await prepared("vru", { name: "sshtest-verb" });
  });

  afterAll(() => machine[Symbol.asyncDispose]());

  /** What a command of the verb wrote, and how it ended. */
  const verb = async (words: string) => {
    const { exitCode, all } = await execa(
      "docker",
      ["exec", machine.standin.name, "sh", "-c", `{ ${words}; } 2>&1`],
      {
        all: true,
        reject: false,
      },
    );
    return { code: exitCode, lines: all.split("\n") };
  };
  const backups = async () => (await exec(`ls ${root}/backups`)).split("\n").filter((name) => name !== "");
  const rows = () =>
    exec("docker exec vru-postgres psql -U postgres -h 127.0.0.1 -Atc 'SELECT count(*) FROM people'");

  test("says that nothing is there, and what needs root", async () => {
    const none = await verb("vru-platform status");
    assert.deepEqual([none.code, none.lines.at(-1)], [1, "vru-platform: no container of vru here"]);
    for (const command of ["restart", "logs"])
      assert.deepEqual(await verb(`vru-platform ${command}`), {
        code: 1,
        lines: ["vru-platform: no container of vru here"],
      });
    assert.deepEqual(await verb("vru-platform backup"), {
      code: 1,
      lines: ["vru-platform: nothing here to back up"],
    });
    assert.deepEqual(await verb("su debian -c 'vru-platform status'"), {
      code: 1,
      lines: ["vru-platform: must be root, got debian; run sudo vru-platform status"],
    });
    const usage = await verb("vru-platform");
    assert.deepEqual([usage.code, usage.lines[0]], [2, "usage: sudo vru-platform COMMAND"]);
  });

  test("status ends with 0 when everything is well, and with 1 when a database is paused", async () => {
    await machine.standin.addImages(["postgres:15", "nginx:1.30"]);
    await exec(system);
    const well = async () => (await verb("vru-platform status")).code === 0;
    await until("everything is well", 120, well);
    assert.match((await verb("vru-platform status")).lines.join("\n"), /^disk {6}[\d.]+G of [\d.]+G free/m);
    await exec(
      "docker exec vru-postgres psql -U postgres -h 127.0.0.1 -c 'CREATE TABLE people AS SELECT generate_series(1, 500) AS id'",
    );
    await exec(pausePostgres);
    const { code, lines } = await verb("vru-platform status");
    await exec("docker unpause vru-postgres");
    assert.deepEqual([code, lines.at(-1)], [1, "services  19 of 20 well"]);
  });

  test("logs and restart take one service, and name those there are for another", async () => {
    const services = ["nginx", "postgres", "zcache", ...apps.map((name) => name.slice(4))].sort();
    for (const command of ["logs", "restart"])
      assert.deepEqual(await verb(`vru-platform ${command} postgress`), {
        code: 1,
        lines: [`vru-platform: service: must be one of ${services.join(", ")}, got "postgress"`],
      });
    assert.deepEqual(await verb("vru-platform logs --tail postgres"), {
      code: 1,
      lines: ['vru-platform: logs: must have a service or -f, got "--tail"'],
    });
    const written = await verb("vru-platform logs postgres");
    assert.equal(written.code, 0, written.lines.join("\n"));
    assert.ok(written.lines.some((line) => line.endsWith("database system is ready to accept connections")));
    assert.deepEqual([...new Set(written.lines.map((line) => line.split(" ")[0]))], ["vru-postgres:"]);
    const began = () =>
      exec(
        `docker inspect --format '{{.Name}} {{.State.StartedAt}}' $(docker ps -q --filter label=berth.role=service)`,
      );
    const before = (await began()).split("\n");
    const again = await verb("vru-platform restart zcache");
    assert.deepEqual(again, { code: 0, lines: ["restarting vru-zcache"] });
    const changed = (await began()).split("\n").filter((line) => !before.includes(line));
    assert.deepEqual(
      changed.map((line) => line.split(" ")[0]),
      ["/vru-zcache"],
    );
  });

  test("backup keeps every database, volume and folder, and its rows come back", async () => {
    const { code, lines } = await verb("vru-platform backup");
    assert.equal(code, 0, lines.join("\n"));
    const newest = lines.at(-1) ?? "";
    assert.deepEqual((await exec(`ls ${newest}`)).split("\n"), [
      "_srv_models.tar.gz",
      "postgres.postgres.dump",
      "uploads.tar.gz",
      "vru-files.tar.gz",
      "zcache.tar.gz",
    ]);
    const files = ["_srv_models", "uploads", "vru-files"].map((name) => `tar -xzOf ${newest}/${name}.tar.gz`);
    assert.equal(await exec(files.join("; ")), "model\nupload\nkept");
    await exec("docker exec vru-postgres createdb -U postgres -h 127.0.0.1 again");
    await exec(
      `docker exec -i vru-postgres pg_restore -U postgres -d again <${newest}/postgres.postgres.dump`,
    );
    const again = "docker exec vru-postgres psql -U postgres -d again -Atc 'SELECT count(*) FROM people'";
    assert.equal(await exec(again), "500");
    await exec("docker exec vru-postgres dropdb -U postgres again");
  });

  test("backup fails while the database is paused, stopped or gone, and good ones stay", async () => {
    await exec(`for day in $(seq 10 29); do mkdir -p ${root}/backups/2026-01-\${day}T00-00-00Z; done`);
    const before = await backups();
    const start = "start it with sudo vru-platform restart postgres";
    const states: [string, string, string][] = [
      [
        pausePostgres,
        "docker unpause vru-postgres",
        `postgres: must run to be backed up, got "paused"; ${start}`,
      ],
      [
        "docker stop vru-postgres",
        "docker start vru-postgres",
        `postgres: must run to be backed up, got "exited"; ${start}`,
      ],
      [
        "docker rm --force vru-postgres",
        database,
        "volume vru-rows: must have a container to be backed up, got none; run berth up, or remove it",
      ],
    ];
    for (const [fault, mend, message] of states) {
      await exec(fault);
      const { code, lines } = await verb("vru-platform backup");
      await exec(mend);
      assert.deepEqual([code, lines.at(-1)], [1, `vru-platform: ${message}`]);
      assert.deepEqual(await backups(), before);
    }
    await until("the database is well", 60, async () => (await rows()) === "500");
    const good = await verb("vru-platform backup");
    assert.equal(good.code, 0, good.lines.join("\n"));
    assert.equal((await backups()).length, 14);
  });

  test("a restart of 20 containers by systemd begins with the database, ends, and drops no request", async () => {
    let [running, total, failed] = [true, 0, 0];
    const load = async () => {
      while (running) {
        total++;
        const answer = await statusOf(`http://${machine.standin.address}/`);
        if (answer !== 200) failed++;
        await sleep(0.05);
      }
    };
    const loaded = load();
    const begun = performance.now();
    const { code, lines } = await verb("systemctl reload vru-platform");
    const took = (performance.now() - begun) / 1000;
    running = false;
    await loaded;
    const journal = await exec("journalctl -u vru-platform --no-pager -o cat | grep '^restarting '");
    const names = journal.split("\n").map((line) => line.slice("restarting ".length));
    assert.deepEqual(
      [code, names.slice(0, 2), names.length],
      [0, ["vru-postgres", "vru-zcache"], 20],
      lines.join("\n"),
    );
    assert.ok(took > 90, `${took} s: no longer than systemd's own timeout`);
    assert.equal(failed, 0, `of ${total}`);
    assert.equal((await verb("vru-platform status")).code, 0);
    assert.equal(await rows(), "500");
  });
});

/** A request on a connection of its own, as many clients make them; 0 when it is refused or cut. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    get(url, { agent: false, timeout: 5000 }, (response) => {
      response.resume().on("end", () => {
        resolve(response.statusCode);
      });
    }).on("error", () => {
      resolve(0);
    });
  });
}
