import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { afterAll, beforeAll, describe, test } from "vitest";
import { dockerOver } from "../../cli/docker/remote.ts";
import { controlPath } from "../../components/ssh/connection.ts";
import { hostKeyFrom, keyFingerprint } from "../../components/ssh/hostKey.ts";
import { closeMaster, openMaster } from "../../components/ssh/master.ts";
import { Berth, type Running } from "../tools/berth.ts";
import { testCa } from "../tools/certificates.ts";
import { labelled } from "../tools/docker.ts";
import { handshake } from "../tools/handshakes.ts";
import { json, reached, type Ready } from "../tools/http.ts";
import { processesWith } from "../tools/processes.ts";
import { openPorts } from "../standin/ports.ts";
import { leaksIn, searchedServer, secretsOfKey } from "../tools/secrets.ts";
import { until } from "../tools/wait.ts";
import { dayTwo, leaveDayTwo, reaching } from "./sshDayTwo.ts";
import { hostSettings, noStandin, prepared, seconds, type Prepared } from "./sshRig.ts";
import { skipWhen } from "../tools/skip.ts";

const skip = await noStandin();
const otherKey = hostKeyFrom(Buffer.alloc(32, 7).toString("base64")).publicKey;

describe("berth and a server over ssh", skipWhen(skip), () => {
  let machine: Prepared;
  let berth: Berth;
  let url: string;
  let config: Record<string, unknown>;
  let run: (verb: "up" | "preview", ...more: string[]) => Running;
  const up = (): Running => run("up");

  beforeAll(async () => {
    machine = await prepared("loc8", { name: "sshtest-berth", ipv6: true });
    url = `http://${machine.standin.address}`;
    berth = await Berth.open("loc8");
    const remote = dockerOver(machine.ssh);
    berth.dockerObjects = () => labelled(`berth.stack=${berth.stack}`, remote);
    config = {
      host: { ...hostSettings(machine), ipv6: true },
      replicas: { backend: 1 },
      protectData: false,
      logging: { driver: "journald" },
    };
    const settings = Object.entries(config).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    run = (verb, ...more) =>
      berth.start(verb, "loc8", ...[...settings, ...more].flatMap((setting) => ["--config", setting]));
  });

  afterAll(async () => {
    await berth.close();
    await leaveDayTwo(berth);
    await machine[Symbol.asyncDispose]();
  });

  test("ssh cut while containers are made: an answer within 120 s", async (t) => {
    const cut = up();
    const made = "docker ps -aq --filter label=berth.system=loc8 | wc -l";
    await until("4 containers", 600, async () => Number(await machine.standin.exec(made)) >= 4);
    await machine.standin.dropSsh(true);
    const [{ code, output }, took] = await seconds(cut.ended);
    await machine.standin.dropSsh(false);
    await t.annotate(`answered after ${took.toFixed(1)} s`);
    assert.notEqual(code, 0, output);
    assert.ok(took <= 120, `${took} s`);
    assert.doesNotMatch(output, /^\s+at .*\.ts:\d+/m);
  });

  test("the next run converges, with no orphan and nothing left to do", async () => {
    await openMaster(machine.ssh);
    const { code, output } = await up().ended;
    assert.equal(code, 0, output);
    assert.deepEqual(await berth.strays(), []);
    const ready = await until("ready", 120, () => json<Ready>(`${url}/api/ready`));
    assert.deepEqual(reached(ready), { postgres: "postgres ok", redis: "redis ok" });
    const again = await up().ended;
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /nothing to do/);
    assert.deepEqual(await berth.strays(), []);
  });

  test("who asks over IPv6 is answered too, by their own address, and a port that strays there isn't open", async () => {
    const { standin } = machine;
    const six = `http://[${standin.ipv6}]`;
    assert.equal((await fetch(`${six}/health?over=six`)).status, 200);
    const logged = () =>
      standin.exec(
        'docker logs $(docker ps -q --filter label=berth.service=nginx) 2>&1 | grep \'"client":"[^"]*:\'',
      );
    // The log is written in pieces.
    const lines = await until("a request over IPv6 in the log", 120, () =>
      logged().then(
        (text) => text.split("\n"),
        () => undefined,
      ),
    );
    const clients = lines.map((line) => (JSON.parse(line) as { client: string }).client);
    assert.deepEqual([...new Set(clients)], [standin.ipv6.replace(/[^:]*$/, "1")]);
    const network = "$(docker network ls -q --filter name=-ipv6)";
    const image = "$(docker images -q nginx | head -n 1)";
    await standin.exec(
      `docker run -d --name stray --network ${network} -p '[::]:9999:80' ${image} sleep 600`,
    );
    await standin.exec("docker exec stray sh -c true && ip6tables -t nat -S DOCKER | grep -q 9999");
    assert.deepEqual(await openPorts(standin.ipv6, [22, 80, 443, 9999]), [22, 80]);
    await standin.exec("docker rm -f stray");
  });

  test("HTTPS is answered over both, while there is TLS, and no secret is to be seen here or on the server", async () => {
    const { address, ipv6 } = machine.standin;
    const name = "loc8.example.test";
    const ca = await testCa();
    const { certificate, key } = await ca.issue([name]);
    await ca.close();
    const own = { certificate: certificate + ca.intermediate + ca.root, key };
    const exec = (command: string) => machine.standin.exec(command);
    const held = (service: string, file: string) =>
      exec(
        `docker exec $(docker ps -q --filter label=berth.role=service --filter label=berth.service=${service}) cat /etc/berth/${file}`,
      );
    const { reply, hits, there } = await searchedServer({
      exec,
      image: "$(docker images -q nginx | head -n 1)",
      folder: berth.folder,
      run: () => run("up", `tls=${JSON.stringify(own)}`, `domain=${name}`).ended,
      secrets: async () => ({
        "Redis's": await held("redis", "password"),
        "the database's superuser's": await held("postgres", "superuser_password"),
      }),
    });
    assert.equal(reply.code, 0, reply.output);
    assert.match(reply.output, /^warning: tls\.key: stands in the stack's config in plain text/m);
    assert.deepEqual(hits, {});
    // Here it was given on the command line.
    assert.deepEqual(leaksIn(there, secretsOfKey("the TLS key", key)), {});
    for (const host of [address, ipv6]) {
      const { distrust } = await handshake({ port: 443, name, ca: ca.root }, { host });
      assert.equal(distrust, "", host);
    }
    const plain = await up().ended;
    assert.equal(plain.code, 0, plain.output);
    assert.deepEqual(await openPorts(ipv6, [22, 80, 443]), [22, 80]);
  });

  test("status, verify, drift and logs look at the server, and know the way from the state", async () => {
    const status = await berth.start("status", "--json").ended;
    assert.equal(status.code, 0, status.output);
    const { healthy, services } = JSON.parse(status.output) as {
      healthy: boolean;
      services: { service: string; image: string }[];
    };
    assert.equal(healthy, true);
    assert.deepEqual(Object.fromEntries(services.map(({ service, image }) => [service, image])), {
      backend: "berth/reference-app:1",
      frontend: "berth/front-end:1",
      nginx: "nginx:1.30",
      postgres: "postgres:15",
      redis: "redis:7",
    });
    const verify = await berth.start("verify").ended;
    assert.equal(verify.code, 0, verify.output);
    assert.match(verify.output, /^machine +disk of \S+ +(?:pass|warn) +[\d.]+[MG] of [\d.]+[MG] free /m);
    assert.match(verify.output, /^machine +firewall of \S+ +pass +closed *$/m);
    const drift = await berth.start("drift").ended;
    assert.deepEqual([drift.code, drift.output], [0, `stack ${berth.stack} is as the last run left it\n`]);
    const logs = await berth.start("logs", "redis", "--tail", "5").ended;
    assert.match(logs.output, /Ready to accept connections/);
    const found = await berth.start("logs", "--grep", "ready to accept", "--since", "1d").ended;
    assert.match(found.output, /redis-\S* .*Ready to accept connections/);
    assert.match(found.output, /postgres-\S* .*ready to accept connections/);
    assert.equal(
      found.output.split("\n").find((line) => line !== "" && !/ready to accept/i.test(line)),
      undefined,
    );
    const bad = await berth.start("logs", "redis", "--level", "error").ended;
    assert.doesNotMatch(bad.output, /Ready to accept/);
  });

  test("one connection is shared past a socket that a power cut left, and past one whose process hangs", async () => {
    const host = ["--config", "system=loc8", "--config", `host=${JSON.stringify(config.host)}`];
    const path = controlPath(machine.ssh.target);
    const socket = `${path.replace(/^~/, userInfo().homedir)}-door`;
    const masters = () => processesWith(`ControlPath=${path}-door`);
    const looks = async () => {
      for (const verb of ["status", "drift", "status"]) {
        const { output } = await berth.start(verb, "--json", ...host).ended;
        assert.equal((JSON.parse(output) as { stack: string }).stack, berth.stack, `${verb}: ${output}`);
      }
      return await masters();
    };
    const before = await looks();
    assert.equal(before.length, 1);
    assert.deepEqual(await looks(), before, "no verb opens another");
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      const [old = 0] = await masters();
      process.kill(old, signal);
      if (signal === "SIGKILL") await until("it is gone", 60, async () => (await masters()).length === 0);
      assert.ok(existsSync(socket), `${signal}: its socket is left`);
      const counted = await machine.standin.sshCounts();
      const [[next = 0, ...more], took] = await seconds(looks());
      assert.deepEqual([more, next === old], [[], false], signal);
      assert.ok(took < 120, `${signal}: ${took} s`);
      const { accepted } = await machine.standin.sshCounts();
      assert.equal(accepted - counted.accepted, 1, `${signal}: one connection for three verbs`);
    }
  });

  test("setup goes on with the fingerprint that the server shows, and with no other; a key that changed is refused", async () => {
    const { hostKey, ...host } = config.host as { hostKey: string };
    const setup = (key: string | undefined, ...words: string[]) => {
      const settings = JSON.stringify({ ...host, hostKey: key });
      return berth.start("setup", "--config", "system=loc8", "--config", `host=${settings}`, ...words).ended;
    };
    const [shown, wrong] = [hostKey, otherKey].map(keyFingerprint) as [string, string];
    const bare = await setup(undefined);
    assert.equal(bare.code, 1, bare.output);
    assert.ok(bare.output.includes(`run again with --host-key ${shown}`), bare.output);
    const refused = await setup(undefined, "--host-key", wrong);
    assert.equal(refused.code, 1, refused.output);
    assert.match(refused.output, /^--host-key: must be the key of debian@\S+, which shows SHA256:/m);
    assert.ok(
      refused.output.includes(
        `which shows ${shown}, got "${wrong}"; if that is not your machine's, somebody is in between`,
      ),
      refused.output,
    );
    const accepted = await setup(undefined, "--host-key", `${wrong},${shown}`);
    assert.equal(accepted.code, 0, accepted.output);
    assert.ok(accepted.output.includes(`hostKey: "${hostKey}"`), accepted.output);
    const changed = await setup(otherKey);
    assert.equal(changed.code, 1, changed.output);
    assert.match(
      changed.output,
      /^host\.hostKey: must be the key of debian@\S+, which shows another one; if the machine was rebuilt, compare and accept its new key with berth setup --host-key SHA256:/m,
    );
    assert.ok(changed.output.includes(shown), changed.output);
  });

  dayTwo(() => ({ machine, berth, url, config }));

  test("with the server off each verb says so, up at once, and changes nothing, and a preview passes", async (t) => {
    await machine.standin.kill();
    try {
      await closeMaster(machine.ssh);
      const [{ code, output }, took] = await seconds(berth.start("up").ended);
      assert.equal(code, 1, output);
      assert.match(output, /host\.address: debian@\S+ doesn't answer; is it on/);
      await t.annotate(`up ended after ${took.toFixed(1)} s`);
      assert.ok(took <= 60, `${took} s`);
      const others = await Promise.all(reaching.map((words) => berth.start(...words).ended));
      for (const [index, { code, output }] of others.entries())
        assert.deepEqual(
          [code, /host\.address: debian@\S+ doesn't answer; is it on/.test(output)],
          [1, true],
          `${reaching[index]?.[0]}: ${output}`,
        );
      const [destroy, destroyTook] = await seconds(berth.start("destroy", "--yes").ended);
      assert.equal(destroy.code, 1, destroy.output);
      assert.match(
        destroy.output,
        /doesn't answer; .*; if the server is gone for good, berth destroy --gone /,
      );
      assert.ok(destroyTook <= 60, `${destroyTook} s`);
      await berth.withCopy(async () => {
        const gone = await berth.start("destroy", "--gone", "--yes").ended;
        assert.equal(gone.code, 0, gone.output);
        assert.match(gone.output, /is forgotten; what is on debian@\S+ stays as it is\n$/);
        const left = await berth.start("destroy", "--gone", "--yes").ended;
        assert.match(left.output, /must have its state here, got none; there is nothing to forget/);
      });
      const preview = await berth.start("preview").ended;
      assert.equal(preview.code, 0, preview.output);
      assert.match(preview.output, /^not looked at: host\.address: .*doesn't answer/m);
      assert.match(preview.output, /nothing to do/);
    } finally {
      await machine.standin.start();
      await machine.standin.ready();
    }
  });

  test("destroy leaves nothing, and forgets no server that is there", async () => {
    const there = await berth.start("destroy", "--gone", "--yes").ended;
    assert.equal(there.code, 1, there.output);
    assert.match(there.output, /--gone: must be for a server that is gone, got debian@\S+, which is there/);
    const { code, output } = await berth.start("destroy", "--data", "--yes").ended;
    assert.equal(code, 0, output);
    const { containers, networks, volumes } = await berth.dockerObjects();
    assert.deepEqual([containers, networks, volumes], [[], [], []]);
  });
});
