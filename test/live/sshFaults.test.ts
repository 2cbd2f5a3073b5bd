import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { diskOf } from "../../cli/docker/disk.ts";
import { dockerOver } from "../../cli/docker/remote.ts";
import { diskVerdict } from "../../cli/verify/disk.ts";
import { closeMaster, openMaster } from "../../components/ssh/master.ts";
import { nginxConf } from "../../services/proxy/conf.ts";
import { Load } from "../tools/load.ts";
import { NameServer } from "../tools/nameServer.ts";
import { prepareImages } from "../tools/prepare.ts";
import { skipWhen } from "../tools/skip.ts";
import { sleep, until } from "../tools/wait.ts";
import { noStandin, prepared, seconds, type Prepared } from "./sshRig.ts";

const skip = await noStandin();
const images = ["berth/reference-app:1", "nginx:1.30", "postgres:15"];
const conf = nginxConf({
  release: "faults",
  listeners: [{ port: 80, routes: [{ path: "/", to: { upstream: "app" } }] }],
  inner: [],
  upstreams: [{ name: "app", servers: ["app:8000"] }],
});
const run = (name: string, service: string, rest: string) =>
  `docker run -d --restart unless-stopped --network inside --name ${name} --label berth.system=attn --label berth.role=service --label berth.service=${service} ${rest}`;

/** A proxy with its application, and a database. */
const system = `set -e
docker network create inside
mkdir -p /etc/proxy && cat >/etc/proxy/nginx.conf <<'CONF'
${conf}CONF
${run("app", "app", "berth/reference-app:1 gunicorn -k uvicorn.workers.UvicornWorker -b 0.0.0.0:8000 -w 2 --worker-tmp-dir /dev/shm app.asgi:app")}
${run("proxy", "nginx", "-p 0.0.0.0:80:80 -v /etc/proxy:/live:ro --entrypoint nginx nginx:1.30 -c /live/nginx.conf -g 'daemon off;'")}
${run("rows", "postgres", "-e POSTGRES_PASSWORD=notasecret -v rows:/var/lib/postgresql/data postgres:15")}`;

/** Moves what containers write to a file system of half a gigabyte, in memory, and starts them again. */
const smallDisk = `set -e
docker stop rows proxy app
systemctl stop docker.socket docker
mkdir /small && mount -t tmpfs -o size=512m tmpfs /small
for folder in volumes containers; do
  cp -a /var/lib/docker/$folder /small/
  mount --bind /small/$folder /var/lib/docker/$folder
done
systemctl start docker.socket docker
docker start rows app proxy`;

/** Docker that starts knows its containers one after the other: with more of them the first wait longer. */
const others = Array.from({ length: 8 }, (_, index) => `other-${index + 1}`);

/**
 * Asks for the application's address in every container's network, two hundred times a second, until /run/enough is
 * there, and says how often each answer came: its code (RFC 1035, 4.1.1) and how many addresses, or none at all.
 */
const askers = `cat >/root/ask.py <<'PY'
import collections, os, socket, struct, time
seen = collections.Counter()
question = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + bytes([3]) + b"app" + struct.pack(">B2H", 0, 1, 1)
while not os.path.exists("/run/enough"):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.settimeout(0.5)
        try:
            asked.connect(("127.0.0.11", 53))
            asked.send(question)
            answer = asked.recv(512)
            seen["code %d, %d addresses" % (answer[3] & 15, answer[7])] += 1
        except OSError:
            seen["none"] += 1
    time.sleep(0.005)
for answer, times in seen.items():
    print(times, answer)
PY
rm -f /run/enough
for name in proxy ${others.join(" ")}; do
  nsenter -t $(docker inspect --format '{{.State.Pid}}' $name) -n python3 /root/ask.py &
done
wait`;

describe("a machine that is prepared", skipWhen(skip), () => {
  let machine: Prepared;
  let names: NameServer | undefined;
  const exec = (command: string) => machine.standin.exec(command);
  const sql = (statement: string) =>
    exec(`docker exec rows psql -U postgres -h 127.0.0.1 -qAtc "${statement}"`);

  beforeAll(async () => {
    await prepareImages(images);
    machine = await prepared("attn", { name: "sshtest-faults-one" });
    await machine.standin.addImages(images);
    const gateway = await exec("ip route show default | cut -d ' ' -f 3");
    names = await NameServer.open(gateway, 53);
    names.wrong = true;
    await exec(`echo nameserver ${gateway} >/etc/resolv.conf`);
    await exec(system);
    const url = `http://${machine.standin.address}/`;
    await until("it serves", 120, async () => (await fetch(url)).status === 200);
  });

  afterAll(async () => {
    names?.close();
    await machine[Symbol.asyncDispose]();
  });

  test("hears from Docker that starts of no container that it isn't there, though a name server outside says so of all names", async (t) => {
    await exec(
      `for name in ${others.join(" ")}; do ${run("$name", "app", "nginx:1.30 sleep infinity")}; done`,
    );
    const load = Load.start({ url: `http://${machine.standin.address}`, perSecond: 50 });
    const asking = exec(askers);
    let report;
    try {
      for (let start = 1; start <= 3; start++) {
        await load.reach(load.count + 150);
        // Or systemd refuses the fourth start within a minute.
        await exec("systemctl reset-failed docker docker.socket; systemctl restart docker");
      }
      await load.reach(load.count + 150);
    } finally {
      await exec("touch /run/enough; systemctl reset-failed docker docker.socket");
      report = await load.stop();
    }
    const answers = await asking;
    await exec(`docker rm -f ${others.join(" ")}`);
    const { failures, examples, sent, worst } = report;
    await t.annotate(`${JSON.stringify(failures)} of ${sent} requests, the slowest ${worst} ms`);
    assert.match(answers, /code 0, 1 addresses/);
    assert.doesNotMatch(answers, /code [1-9]|, 0 addresses/);
    assert.deepEqual(failures, {}, examples.join("\n"));
    // Nobody is kept from asking outside once Docker is there.
    if (names) names.wrong = false;
    await until("a name outside is answered", 60, () =>
      exec("docker exec proxy getent hosts somebody").then(
        (line) => /^127\.0\.0\.1\s+somebody/.test(line),
        () => false,
      ),
    );
    if (names) names.wrong = true;
  });

  test("fails no request while Docker is killed, and then stopped for a minute, and has a line of each", async (t) => {
    const lines = async () => Number(await exec("docker logs proxy 2>/dev/null | grep -c '^{' || :"));
    const before = await lines();
    const load = Load.start({ url: `http://${machine.standin.address}`, perSecond: 50 });
    let report;
    try {
      await load.reach(100);
      await exec("systemctl kill --signal=KILL docker");
      await until("Docker is back by itself", 120, () => exec("docker version"));
      await load.reach(load.count + 100);
      await exec("systemctl stop docker.socket docker");
      // As long as the fault is to last.
      await sleep(60);
      await exec("systemctl start docker.socket docker");
      await load.reach(load.count + 100);
    } finally {
      report = await load.stop();
    }
    const { failures, examples, sent, worst } = report;
    await t.annotate(`${JSON.stringify(failures)} of ${sent} requests, the slowest ${worst} ms`);
    assert.deepEqual(failures, {}, examples.join("\n"));
    await until("a line of each request", 120, async () => (await lines()) - before >= sent);
  });

  test("keeps of a container that floods its log 50 MB, the end of it among them, and serves on", async (t) => {
    const load = Load.start({ url: `http://${machine.standin.address}`, perSecond: 20 });
    let megabytes;
    let report;
    try {
      // What the container's main process writes to, so that Docker takes it for the container's own.
      await exec(
        "docker exec app sh -c 'head -c 150M /dev/urandom | base64 -w 1000 >/proc/1/fd/1; echo the end >/proc/1/fd/1'",
      );
      await until(
        "all of it is in the log",
        120,
        async () => (await exec("docker logs --tail 1 app")) === "the end",
      );
      const folder = "/var/lib/docker/containers/$(docker inspect --format '{{.Id}}' app)";
      megabytes = Number((await exec(`du -s --block-size=1 ${folder}`)).split("\t")[0]) / 1e6;
    } finally {
      report = await load.stop();
    }
    const { failures, sent, worst } = report;
    await t.annotate(
      `${megabytes.toFixed(1)} MB kept of 203, ${JSON.stringify(failures)} of ${sent} requests, the slowest ${worst} ms`,
    );
    // Five files of 10 MB, all but the last compressed; one is left when it has reached its size.
    assert.ok(megabytes > 10 && megabytes <= 55, `${megabytes} MB`);
    assert.deepEqual(failures, {});
  });

  test("with its disk full answers over ssh and says why, loses no committed row, and is well once there is room", async (t) => {
    await exec(smallDisk);
    await until("PostgreSQL is back", 120, () => sql("CREATE TABLE IF NOT EXISTS kept (id int, text text)"));
    const committed = ["1", "2", "3"];
    for (const number of committed) await sql(`INSERT INTO kept VALUES (${number}, 'before')`);
    await exec("fallocate -l $(df --output=avail -B1 /small | tail -n 1) /small/full");
    // Rows first, which a table that can't grow refuses, then WAL, for the want of which the server ends.
    const row = await until("a row is refused", 120, () => {
      const number = String(committed.length + 1);
      return sql(
        `INSERT INTO kept SELECT ${number}, string_agg(md5(random()::text), '') FROM generate_series(1, 200)`,
      ).then(() => void committed.push(number), String);
    });
    const wal = await until("WAL is refused", 120, () =>
      sql("SELECT pg_logical_emit_message(true, 'full', repeat('x', 10000000))").then(
        () => undefined,
        String,
      ),
    );
    for (const refused of [row, wal]) assert.match(refused, /No space left on device|connection|starting up/);
    await closeMaster(machine.ssh);
    const [, ssh] = await seconds(openMaster(machine.ssh));
    const docker = dockerOver(machine.ssh);
    const full = diskVerdict(await diskOf(docker, machine.ssh), "dev");
    assert.equal(full.outcome, "fail");
    assert.match(full.detail, /^\d+M of 512M free below /);
    await exec("rm /small/full");
    const [rows, took] = await seconds(
      until("PostgreSQL is back", 180, () => sql("SELECT id FROM kept ORDER BY id")),
    );
    await t.annotate(
      `ssh after ${ssh.toFixed(1)} s; PostgreSQL back ${took.toFixed(1)} s after there was room, ${committed.length} rows`,
    );
    assert.deepEqual(rows.split("\n"), committed);
    const disk = await diskOf(docker, machine.ssh);
    // The fuller one may now be this machine's own, whatever is on it.
    const other = "free" in disk && disk.size > 512 * 1024 ** 2;
    assert.ok(other || ("free" in disk && disk.free > disk.size / 10), JSON.stringify(disk));
    const page = `http://${machine.standin.address}/`;
    await until("the application answers", 60, async () => (await fetch(page)).status === 200);
  });
});
