import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { json, status } from "../tools/http.ts";
import { documented } from "../tools/page.ts";
import { removeReleases } from "../tools/release.ts";
import { skipWhen } from "../tools/skip.ts";
import { stranger } from "../tools/stranger.ts";
import { sleep, until } from "../tools/wait.ts";
import { countedUp, noStandin } from "./sshRig.ts";
import { left, swarmRig, type SwarmRig } from "./swarmRig.ts";
import { SwarmVerbs } from "./swarmVerbs.ts";

type Overrides = Record<string, Record<string, unknown>>;

const places = [0, 1];
const services = ["backend", "frontend"];

/** One folder more than the image needs, which it loses later. */
const spare = "/srv/spare";

describe(
  "LOC8's halves as somebody else wrote them, on two servers as one swarm",
  skipWhen(await noStandin()),
  () => {
    let rig: SwarmRig;
    let verbs: SwarmVerbs;
    /** Settings with the documentation's overrides, where both are asked by Berth's probe; and with a folder more. */
    let lean: Record<string, unknown>;
    let full: Record<string, unknown>;

    const up = (over: typeof full) => countedUp(rig.stack, rig.machine(0), rig.program(over));

    beforeAll(async () => {
      const backend = await stranger("loc8-backend", "swarm-backend");
      const frontend = await stranger("loc8-frontend", "swarm-frontend");
      const config = documented("LOC8", { "loc8-backend": backend, "loc8-frontend": frontend });
      const override = { backend: { health: "http" }, ...(config["berth:override"] as Overrides) };
      const optional = { postgres: false, redis: false };
      const replicas = { backend: 2, frontend: 2 };
      rig = await swarmRig("loc8", { optional, replicas }, { name: "sshtest-swarm-own", beside: ["two"] });
      const images = { ...(rig.config.images as object), backend, frontend };
      lean = { images, override };
      full = { images, override: withSpare(override) };
      verbs = await SwarmVerbs.open(rig);
      await verbs.write(given(rig, full));
    });

    afterAll(async () => {
      await (verbs as SwarmVerbs | undefined)?.[Symbol.asyncDispose]();
      await (rig as SwarmRig | undefined)?.[Symbol.asyncDispose]();
      await removeReleases();
    });

    test("each runs on both, asked by the probe, and each machine's proxy answers for all", async () => {
      const { changes } = await up(full);
      assert.ok((changes.create ?? 0) > 20, JSON.stringify(changes));
      await until("each of them is well on both machines", 120, async () => {
        for (const place of places) {
          const running = await rig.running(place);
          for (const service of services)
            assert.ok(running.includes(service), `${place} runs ${running.join()}`);
        }
        return true;
      });
      for (const place of places)
        for (const service of services) {
          const asks = await inside(rig, place, service, "{{.Config.Healthcheck.Test}}");
          assert.match(asks, /\/run\/berth-probe\/busybox/, `${service} on ${place}`);
        }
      await answers(rig);
    });

    test("programs run in folders in memory of each container's own", async () => {
      for (const place of places) {
        const id = await one(rig, place, "frontend");
        const run = (words: string) => rig.machine(place).standin.exec(`docker exec ${id} ${words}`);
        for (const folder of ["/var/cache/nginx", "/run", spare]) {
          await run(`cp /run/berth-probe/busybox ${folder}/busybox`);
          assert.equal(await run(`${folder}/busybox echo runs`), "runs", folder);
          assert.match(
            await run("cat /proc/mounts"),
            new RegExp(`^tmpfs ${folder} tmpfs \\S*size=65536k`, "m"),
          );
        }
      }
    });

    test("nothing is left of what Docker makes beside those, and a second run changes nothing", async () => {
      await isSwept(rig);
      assert.deepEqual(Object.keys((await up(full)).changes), ["same"]);
      await rig.stack.refresh({ parallel: 32 });
      assert.deepEqual(Object.keys((await up(full)).changes), ["same"]);
    });

    test("drift finds nothing", async () => {
      assert.deepEqual(await verbs.drift(), []);
    });

    test("a service loses a folder while it serves, and no request", async (t) => {
      const before = await verbs.servicesNamed("frontend");
      const asking = new AbortController();
      const meanwhile = askMeanwhile(rig, asking.signal);
      const { changes } = await up(lean).finally(() => {
        asking.abort();
      });
      const { sent, failed } = await meanwhile;
      await t.annotate(`${sent} requests, changes ${JSON.stringify(changes)}`);
      assert.deepEqual(failed, []);
      assert.notEqual(await verbs.servicesNamed("frontend"), before, "it is another service");
      await rig.whole(0, 120);
      await answers(rig);
      for (const place of places) {
        const targets = await inside(rig, place, "frontend", "{{range .Mounts}}{{.Destination}} {{end}}");
        assert.ok(!targets.includes(spare) && targets.includes("/run/berth-probe"), targets);
      }
      await isSwept(rig);
      assert.deepEqual(Object.keys((await up(lean)).changes), ["same"]);
      await verbs.write(given(rig, lean));
      assert.deepEqual(await verbs.drift(), []);
    });

    test("the next release, of images that need neither, takes their place, and the probe goes with them", async () => {
      // Another port replaces the proxy, and what ends while the proxy's names are unknown is taken back that once.
      await until("the release is whole", 180, async () => {
        await up({});
        return true;
      });
      await rig.whole(0, 120);
      for (const place of places) {
        for (const path of ["/", "/api/ready"])
          await until(`${path} answers`, 60, async () => {
            assert.equal(await status(`${rig.url(place)}${path}`), 200);
            return true;
          });
        const probes = "docker volume ls -q --filter label=berth.service=probe";
        assert.equal(await rig.machine(place).standin.exec(probes), "");
      }
      await isSwept(rig);
      assert.deepEqual(Object.keys((await up({})).changes), ["same"]);
    });

    test("destroy leaves nothing on either", async () => {
      await rig.stack.destroy({ parallel: 32 });
      for (const place of places) assert.equal(await rig.machine(place).standin.exec(left), "inactive");
    });
  },
);

function withSpare({ frontend = {}, ...others }: Overrides): Overrides {
  return { ...others, frontend: { ...frontend, writable: [...(frontend.writable as string[]), spare] } };
}

/** Settings as a stack's file has them. */
function given(rig: SwarmRig, over: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.entries(over).map(([key, value]) => [`berth:${key}`, value]);
  return { ...rig.given, ...(Object.fromEntries(keys) as Record<string, unknown>) };
}

/** The page and the API, asked at each machine. */
async function answers(rig: SwarmRig): Promise<void> {
  for (const place of places) {
    const grown = await until("the API answers", 60, () => json<object>(`${rig.url(place)}/api/growth`));
    assert.deepEqual(grown, { growth: 1.5, gevent: true });
    assert.equal(await status(`${rig.url(place)}/`), 200);
  }
}

/** Asks for the page at both machines, one request after the other, until it is told to end. */
async function askMeanwhile(rig: SwarmRig, ending: AbortSignal): Promise<{ sent: number; failed: string[] }> {
  const failed: string[] = [];
  let sent = 0;
  while (!ending.aborted) {
    for (const place of places) {
      const found = await status(`${rig.url(place)}/`).catch(String);
      sent += 1;
      if (found !== 200) failed.push(`${place}: ${found}`);
    }
    await sleep(0.05);
  }
  return { sent, failed };
}

/** Id of a healthy container of a service on a machine. */
function one(rig: SwarmRig, place: number, service: string): Promise<string> {
  const list = `docker ps -q --filter label=berth.service=${service} --filter label=berth.role=service --filter health=healthy | head -n 1`;
  return rig.machine(place).standin.exec(list);
}

/** What Docker says of such a one. */
async function inside(rig: SwarmRig, place: number, service: string, format: string): Promise<string> {
  const id = await one(rig, place, service);
  return rig.machine(place).standin.exec(`docker inspect --format '${format}' ${id}`);
}

/**
 * That no machine has volumes of no container among what was made for containers. One that ended at its start and was
 * tried again leaves some until its service's next change.
 */
async function isSwept(rig: SwarmRig): Promise<void> {
  const tasks = "docker service ls -q | xargs -r docker service ps --format '{{.CurrentState}}'";
  if (/^(?:Failed|Rejected)/m.test(await rig.machine(0).standin.exec(tasks))) return;
  const list = "docker volume ls -q --filter dangling=true --filter label=berth.role=scratch | wc -l";
  // Those of a container that is just being made or removed are nobody's for a moment.
  for (const place of places)
    await until(`no volumes of no container on machine ${place}`, 60, async () => {
      assert.equal(await rig.machine(place).standin.exec(list), "0");
      return true;
    });
}
