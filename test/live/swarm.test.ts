import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { newDockers, stackDockers } from "../../cli/docker/machines.ts";
import { watchMachines } from "../../cli/failure/crashWatch.ts";
import { testCa } from "../tools/certificates.ts";
import { handshake } from "../tools/handshakes.ts";
import { inspect } from "../tools/docker.ts";
import { noPebble, Pebble } from "../tools/pebble.ts";
import { prepareImages } from "../tools/prepare.ts";
import { certificatesRow } from "../../services/certificates/definition.ts";
import { json, post, reached, type Ready } from "../tools/http.ts";
import { openPorts, takenPorts } from "../standin/ports.ts";
import { skipWhen } from "../tools/skip.ts";
import { until } from "../tools/wait.ts";
import { countedUp, failure, noStandin, untilAnswers } from "./sshRig.ts";
import { left, swarmRig, type SwarmRig } from "./swarmRig.ts";
import { SwarmVerbs, testVerbs } from "./swarmVerbs.ts";

const skip = await noStandin();
const places = [0, 1, 2];

/** That nothing is dropped meanwhile `npm run bench:swarm-faults` shows: here other tests take its time from the machine. */
describe("LOC8 on three servers as one swarm", skipWhen(skip ?? (await noPebble())), () => {
  let rig: SwarmRig;
  let verbs: SwarmVerbs;

  beforeAll(async () => {
    rig = await swarmRig("loc8", { replicas: { backend: 3, frontend: 3 } });
    verbs = await SwarmVerbs.open(rig);
  });

  afterAll(async () => {
    await (verbs as SwarmVerbs | undefined)?.[Symbol.asyncDispose]();
    await (rig as SwarmRig | undefined)?.[Symbol.asyncDispose]();
  });

  test("one machine is a swarm of one", async () => {
    const program = rig.program({ hosts: {} });
    const { changes } = await countedUp(rig.stack, rig.machine(0), program);
    assert.ok((changes.create ?? 0) > 30, JSON.stringify(changes));
    await post(`${rig.url(0)}/api/items`, { text: "of the first day" });
  });

  test("two join it, each with its part", async () => {
    const { refused } = await countedUp(rig.stack, rig.machine(0), rig.program());
    assert.equal(refused, 0);
    for (const [place, own] of ["nginx", "nginx-two", "nginx-three"].entries()) {
      const running = await rig.running(place);
      assert.ok(running.includes(own), running.join());
      assert.equal(running.includes("postgres"), place === 0, running.join());
    }
    // The managers move nothing to who came by themselves.
    await spread(rig, "backend");
    await nodes(rig, "{{.Status}} {{.ManagerStatus}}", [
      "Ready Leader",
      "Ready Reachable",
      "Ready Reachable",
    ]);
  });

  test("each machine's proxy answers, and the backend reaches the database wherever it runs", async () => {
    for (const place of places) {
      for (let turn = 0; turn < 6; turn++) {
        const ready = await until("ready", 60, () => json<Ready>(`${rig.url(place)}/api/ready`));
        assert.deepEqual(reached(ready), { postgres: "postgres ok", redis: "redis ok" });
      }
      const page = await fetch(`${rig.url(place)}/`);
      assert.equal(page.status, 200);
      await page.text();
    }
  });

  test("packets on the overlay are as large as the setting leaves room for", async () => {
    const sizes = await rig
      .machine(1)
      .standin.exec(`docker exec $(${proxyOf("nginx-two")}) sh -c 'cat /sys/class/net/*/mtu'`);
    // VXLAN adds 50 bytes (RFC 7348, section 5).
    assert.ok(sizes.split("\n").includes("1400"), sizes);
  });

  test("a second run and a refresh change nothing", async () => {
    assert.deepEqual(Object.keys((await countedUp(rig.stack, rig.machine(0))).changes), ["same"]);
    await rig.stack.refresh({ parallel: 32 });
    assert.deepEqual(Object.keys((await countedUp(rig.stack, rig.machine(0))).changes), ["same"]);
    const { summary } = await rig.stack.refresh({ parallel: 32 });
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
  });

  test("from outside each shows the web and ssh alone, of all 65,535 ports at one", async () => {
    assert.deepEqual(await openPorts(rig.machine(1).standin.address), [22, 80]);
    for (const place of [0, 2]) {
      const { standin } = rig.machine(place);
      assert.deepEqual(await openPorts(standin.address, await takenPorts(standin)), [22, 80]);
    }
  });

  test("no token that lets a machine in is in state", async () => {
    const state = JSON.stringify(await rig.stack.exportStack());
    assert.ok(state.includes("docker swarm join"));
    assert.doesNotMatch(state, /SWMTKN/);
  });

  test("a CA's certificate is served by each machine, whichever of them the CA asks", async () => {
    const name = "loc8.example.test";
    const ca = await testCa();
    const { NetworkSettings } = await inspect(rig.machine(0).standin.name);
    const [network] = Object.values(NetworkSettings.Networks);
    const pebble = await Pebble.start(ca, 80, { gateway: network?.Gateway });
    const { address } = rig.machine(2).standin;
    pebble.dns.address = address;
    try {
      const tls = { ca: pebble.directory, caCertificate: ca.root };
      await prepareImages([certificatesRow.image]);
      await rig.machine(0).standin.addImages([certificatesRow.image]);
      await rig.stack.up({ parallel: 32, program: rig.program({ domains: [name], tls }) });
      const visit = { port: 443, name, ca: await pebble.root() };
      for (const place of places) {
        const { standin } = rig.machine(place);
        await until(`machine ${place} serves it`, 180, async () => {
          assert.equal((await handshake(visit, { host: standin.address })).distrust, "", pebble.log);
          return true;
        });
      }
      assert.equal(pebble.issued, 1, "all serve the same");
      const inside = `curl -sS -o /dev/null -w '%{http_code}' http://nginx:8097/key.pem`;
      const own = await rig.machine(1).standin.exec(`docker exec $(${proxyOf("nginx-two")}) ${inside}`);
      assert.equal(own, "403", "the key is handed to who has the login alone");
    } finally {
      await rig.stack.up({ parallel: 32, program: rig.program() });
      await pebble.close();
      await ca.close();
    }
  });

  test("a release goes through, one service is where it is placed, and anywhere again after the next", async () => {
    const placed = rig.program({
      environment: { backend: { FLAVOUR: "placed" } },
      placement: { frontend: "two" },
    });
    await rig.stack.up({ parallel: 32, program: placed });
    await spread(rig, "backend");
    await until("the front end runs on the second machine alone", 120, async () => {
      const running = await Promise.all(places.map((place) => rig.running(place)));
      const where = running.map((services) => services.includes("frontend"));
      assert.deepEqual(where, [false, true, false]);
      return true;
    });
    const { changes } = await countedUp(rig.stack, rig.machine(0), placed);
    assert.deepEqual(Object.keys(changes), ["same"]);
    const program = rig.program({ environment: { backend: { FLAVOUR: "second" } } });
    const { summary } = await rig.stack.up({ parallel: 32, program });
    assert.equal(summary.result, "succeeded");
    // Nothing holds the one that was placed any more.
    for (const service of ["backend", "frontend"]) await spread(rig, service);
  });

  testVerbs(() => verbs);

  test("a bad release fails the run and is taken back", async () => {
    const command = ["python", "-c", "raise SystemExit('no wind')"];
    const program = rig.program({ override: { backend: { command, startSeconds: 20 } } });
    const dockers = [...((await stackDockers(rig.given)) ?? []), ...(await newDockers(rig.given))];
    const watch = await watchMachines(dockers, "sshtest-swarm");
    assert.match(await failure(() => rig.stack.up({ parallel: 32, program })), /rollback/);
    await until("the container that failed is known", 60, () =>
      Promise.resolve(watch.crashed.has("backend")),
    );
    watch.stop();
    const { reason = "", log = [] } = watch.crashed.get("backend") ?? {};
    assert.match(reason, /exit code 1/);
    assert.ok(log.includes("no wind"), log.join("\n"));
    await rig.stack.up({ parallel: 32, program: rig.program() });
  });

  test("a machine that dies: all is served elsewhere, and it comes back by itself", async () => {
    await rig.dies(2);
    const elsewhere = await untilAnswers(`${rig.url(1)}/api/ready`, 60);
    assert.ok(elsewhere <= 60, `${elsewhere} s`);
    await until("status counts all of them", 120, async () => {
      const left = await verbs.status();
      assert.deepEqual([left.code, left.lost?.length], [1, 1]);
      const backend = left.services.find(({ service }) => service === "backend");
      assert.deepEqual([backend?.healthy, backend?.wanted], [3, 3]);
      return true;
    });
    const [lost = "", ...more] = await verbs.drift();
    assert.match(lost, /^machine .*: isn't reached: /);
    assert.deepEqual(more, []);
    await rig.machine(2).standin.start();
    await rig.machine(2).standin.ready();
    const took = await untilAnswers(`${rig.url(2)}/api/ready`, 180);
    assert.ok(took <= 180, `${took} s`);
  });

  test("two leave it, of which one is gone for good, and the other has nothing left", async () => {
    await rig.dies(1);
    const still = await verbs.run("up");
    assert.equal(still.code, 1, still.all);
    assert.match(
      still.all,
      /; if the machine is gone for good, take it out of hosts, or lower host\.machines/,
    );
    await verbs.write({ ...rig.given, "berth:hosts": {} });
    const { code, all } = await verbs.run("up");
    assert.equal(code, 0, all);
    assert.match(all, /going on without that machine of the swarm/);
    assert.equal(await rig.machine(2).standin.exec(left), "inactive");
    await nodes(rig, "{{.Status}}", ["Ready"]);
    const { items } = await until("the items", 120, () =>
      json<{ items: { text: string }[] }>(`${rig.url(0)}/api/items`),
    );
    assert.ok(items.some(({ text }) => text === "of the first day"));
  });

  test("destroy leaves nothing, and no swarm", async () => {
    await rig.stack.destroy({ parallel: 32 });
    assert.equal(await rig.machine(0).standin.exec(left), "inactive");
  });
});

/** Lists a proxy's container. */
const proxyOf = (service: string) =>
  `docker ps -q --filter label=berth.service=${service} --filter label=berth.role=service`;

/** Once a service has healthy containers on two machines or more, which nobody moves there after its release. */
async function spread(rig: SwarmRig, service: string): Promise<void> {
  await until(`${service} runs on two machines`, 60, async () => {
    const running = await Promise.all(places.map((place) => rig.running(place)));
    const where = running.filter((services) => services.includes(service));
    assert.ok(where.length >= 2, `${service} on ${where.length} of ${JSON.stringify(running)}`);
    return true;
  });
}

/** Once the first machine's manager lists the swarm's machines so: a leader that is new knows none of them yet. */
async function nodes(rig: SwarmRig, format: string, wanted: string[]): Promise<void> {
  await until(`machines that are ${wanted.join(", ")}`, 120, async () => {
    const lines = await rig.machine(0).standin.exec(`docker node ls --format '${format}'`);
    assert.deepEqual(lines.split("\n").sort(), wanted);
    return true;
  });
}
