import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, describe, test } from "vitest";
import { closeMaster, openMaster } from "../../components/ssh/master.ts";
import { openPorts, takenPorts } from "../standin/ports.ts";
import {
  countedUp,
  failure,
  hostSettings,
  machineFor,
  noStandin,
  openStack,
  prepared,
  programOf,
  seconds,
  silent,
  stock,
  stockImages,
  untilAnswers,
  type OpenStack,
  type Prepared,
} from "./sshRig.ts";
import { prepareMachine } from "../../cli/setup/prepare.ts";
import { skipWhen } from "../tools/skip.ts";
import { json, post } from "../tools/http.ts";
import { until } from "../tools/wait.ts";

const skip = await noStandin();
const otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

describe("ATTN on a server that exists", skipWhen(skip), () => {
  let machine: Prepared;
  let opened: OpenStack;
  let stack: Stack;
  let url: string;
  let images: Record<string, string>;

  beforeAll(async () => {
    machine = await prepared("attn", { name: "sshtest-attn", stock: await stock() });
    url = `http://${machine.standin.address}/health`;
    images = await stockImages("attn", machine);
    const config = { system: "attn", images, host: hostSettings(machine), protectData: false };
    opened = await openStack("sshtest-attn", programOf(config));
    stack = opened.stack;
  });

  afterAll(async () => {
    await opened[Symbol.asyncDispose]();
    await machine[Symbol.asyncDispose]();
  });

  const closedStill = async () => {
    // The stray container may be the last that Docker starts, and its ports are led on one by one.
    const taken = await until("443, 5432 and 9999 are led on", 120, async () => {
      const ports = await takenPorts(machine.standin);
      return [443, 5432, 9999].every((port) => ports.includes(port)) ? ports : undefined;
    });
    assert.ok(taken.includes(5432), taken.join());
    assert.deepEqual(await openPorts(machine.standin.address, taken), [22, 80, 443]);
  };

  test("setup changes nothing the second time", async () => {
    assert.deepEqual(await prepareMachine(machine.ssh, machineFor("attn"), silent), []);
  });

  test("everything comes up with one connection and none refused, at parallelism 32 and sshd's defaults", async () => {
    await machine.standin.exec("rm /etc/ssh/sshd_config.d/00-berth.conf && systemctl reload ssh");
    await closeMaster(machine.ssh);
    const { changes, accepted, refused } = await countedUp(stack, machine);
    assert.ok((changes.create ?? 0) > 50, JSON.stringify(changes));
    assert.deepEqual({ accepted, refused }, { accepted: 1, refused: 0 });
    assert.equal((await fetch(url)).status, 200);
    assert.match(await machine.standin.exec("attn-platform status"), /services {2}9 of 9 well/);
  });

  test("a second run changes nothing and needs no new connection", async () => {
    const { changes, accepted, refused } = await countedUp(stack, machine);
    assert.deepEqual(Object.keys(changes), ["same"]);
    assert.deepEqual({ accepted, refused }, { accepted: 0, refused: 0 });
  });

  test("a refresh finds everything as it is, and so does a preview that refreshes", async () => {
    const { summary } = await stack.refresh({ parallel: 32 });
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
    const { changeSummary } = await stack.preview({ parallel: 32, refresh: true });
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  test("ports 22, 80 and 443 are open of all 65,535, whatever else is published", async () => {
    // Not by the proxy: a container that publishes on every address, one port that may be and two that may not.
    await machine.standin.exec(
      "docker run -d --name stray --restart always -p 0.0.0.0:443:80 -p 0.0.0.0:5432:80 -p 9999:80 nginx:1.30",
    );
    assert.equal(
      await machine.standin.exec("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:5432/"),
      "200",
    );
    assert.deepEqual(await openPorts(machine.standin.address), [22, 80, 443]);
  });

  test("a restart of Docker leaves containers running and ports closed", async () => {
    const started =
      "docker inspect --format '{{.State.StartedAt}}' $(docker ps -q --filter label=berth.role=service)";
    const before = await machine.standin.exec(started);
    await machine.standin.exec("systemctl restart docker");
    assert.equal(await machine.standin.exec(started), before);
    await closedStill();
  });

  test("after a power loss all is back within 120 s with nobody present, rows too, and ports are closed", async (t) => {
    const items = url.replace("health", "items");
    const { id } = await post<{ id: number }>(items, { text: "kept" });
    await machine.standin.kill();
    await machine.standin.start();
    const began = performance.now();
    const took = await untilAnswers(url, 120);
    await until("all are well", 120, () =>
      machine.standin.exec("attn-platform status").then(
        (text) => /services {2}9 of 9 well/.test(text),
        () => false,
      ),
    );
    const well = (performance.now() - began) / 1000;
    await t.annotate(`answers after ${took.toFixed(1)} s, all well after ${well.toFixed(1)} s`);
    assert.ok(well <= 120, `${well} s`);
    const kept = await json<{ items: { id: number }[] }>(items);
    assert.ok(
      kept.items.some((item) => item.id === id),
      JSON.stringify(kept),
    );
    await closedStill();
    await machine.standin.exec("docker rm -f stray");
  });

  test("a container that hangs is restarted by the machine itself, and no other but a worker that lost its queue by it", async (t) => {
    const running = "docker ps -q --no-trunc --filter label=berth.role=service";
    const started = async () => {
      const found = await machine.standin.exec(
        `docker inspect --format '{{.Name}} {{.State.StartedAt}}' $(${running})`,
      );
      return new Map(found.split("\n").map((line) => line.split(" ") as [string, string]));
    };
    const id = await machine.standin.exec(`${running} --filter label=berth.service=attn_redis`);
    // As if it had run for long: a young container is left alone.
    await machine.standin.exec(
      "sed -i 's/-ge 120/-ge 1/' /usr/local/bin/attn-platform; systemctl restart attn-platform",
    );
    const before = await started();
    const name = await machine.standin.exec(`docker inspect --format '{{.Name}}' ${id}`);
    await machine.standin.exec(`for p in $(docker top ${id} -eo pid | tail -n +2); do kill -STOP "$p"; done`);
    const began = performance.now();
    const health = `docker inspect --format '{{.State.StartedAt}} {{.State.Health.Status}}' ${id}`;
    const hung = `${before.get(name)} `;
    await until("it is restarted and well", 240, async () => {
      const now = await machine.standin.exec(health);
      return now.endsWith(" healthy") && !now.startsWith(hung);
    });
    const took = (performance.now() - began) / 1000;
    await t.annotate(`well again ${took.toFixed(1)} s after it hung`);
    const again = [...(await started())]
      .filter(([one, time]) => before.get(one) !== time)
      .map(([one]) => one)
      .filter((one) => !one.startsWith("/face-recognition-"));
    assert.deepEqual(again, [name]);
  });

  test("with the host off a preview passes, and up, refresh and destroy fail in bounded time and change no state", async (t) => {
    const state = resources(JSON.stringify(await stack.exportStack()));
    await machine.standin.kill();
    try {
      const preview = await stack.preview({ parallel: 32 });
      assert.deepEqual(Object.keys(preview.changeSummary), ["same"]);
      const [up, upTook] = await seconds(failure(() => stack.up({ parallel: 32 })));
      assert.match(up, /host\.address: debian@\S+ doesn't answer; is it on/);
      assert.ok(upTook < 60, `${upTook} s`);
      await closeMaster(machine.ssh);
      const [refresh, refreshTook] = await seconds(stack.refresh({ parallel: 32 }).then(() => "", String));
      assert.match(refresh, /please make sure that ssh:\/\/debian@\S+ is reachable|doesn't answer/);
      const [destroy, destroyTook] = await seconds(stack.destroy({ parallel: 32 }).then(() => "", String));
      assert.match(destroy, /please make sure that ssh:\/\/debian@\S+ is reachable|doesn't answer/);
      await t.annotate(
        `up ${upTook.toFixed(1)} s, refresh ${refreshTook.toFixed(1)} s, destroy ${destroyTook.toFixed(1)} s`,
      );
      assert.ok(refreshTook < 180 && destroyTook < 180, `${refreshTook} s, ${destroyTook} s`);
      assert.deepEqual(resources(JSON.stringify(await stack.exportStack())), state);
    } finally {
      // Whatever came of it: what follows needs the machine.
      await machine.standin.start();
      await machine.standin.ready();
      await untilAnswers(url, 120);
    }
  });

  test("a machine with another host key is refused at once, with what to do", async (t) => {
    const host = { ...hostSettings(machine), hostKey: otherKey };
    const wrong = await openStack(
      "sshtest-attn-key",
      programOf({ system: "attn", images, host, protectData: false }),
    );
    const [error, took] = await seconds(failure(() => wrong.stack.up({ parallel: 32 })));
    await wrong[Symbol.asyncDispose]();
    await t.annotate(`refused after ${took.toFixed(1)} s`);
    assert.match(
      error,
      /host\.hostKey: must be the key of debian@\S+, which shows another one; if the machine was rebuilt/,
    );
    assert.ok(took < 60, `${took} s`);
  });

  test("destroy leaves nothing of the system on the machine", async () => {
    await untilAnswers(url, 120);
    await openMaster(machine.ssh);
    const before = await machine.standin.sshCounts();
    await stack.destroy({ parallel: 32 });
    const after = await machine.standin.sshCounts();
    assert.deepEqual([after.accepted - before.accepted, after.refused], [0, 0]);
    const all =
      "docker ps -aq --filter label=berth.system; docker volume ls -q --filter label=berth.system; docker network ls -q --filter label=berth.system";
    assert.equal(await machine.standin.exec(all), "");
  });
});

/** What the engine holds, without the times it looked. */
function resources(state: string): string[] {
  const { deployment } = JSON.parse(state) as { deployment: { resources: { urn: string; id?: string }[] } };
  return deployment.resources.map(({ urn, id = "" }) => `${urn} ${id}`).sort();
}
