import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { afterAll, beforeAll, describe, test } from "vitest";
import { newDockers, stackDockers } from "../../cli/docker/machines.ts";
import { watchMachines } from "../../cli/failure/crashWatch.ts";
import { hostsToPrepare } from "../../cli/setup/host.ts";
import { neighboursOf } from "../../cli/setup/neighbours.ts";
import { prepareMachine } from "../../cli/setup/prepare.ts";
import { json, reached, type Ready } from "../tools/http.ts";
import { accepts, openPorts, takenPorts } from "../standin/ports.ts";
import { until } from "../tools/wait.ts";
import {
  booted,
  countedUp,
  failure,
  hostSettings,
  machineFor,
  noStandin,
  openStack,
  programOf,
  silent,
  stock,
  stockImages,
  untilAnswers,
  type OpenStack,
  type Prepared,
} from "./sshRig.ts";
import { skipWhen } from "../tools/skip.ts";

const skip = await noStandin();

/** Everything that watches but Prometheus: two cores carry two machines here. */
const optional = Object.fromEntries(
  ["alertmanager", "grafana", "cadvisor", "node-exporter", "postgres-exporter"].map((name) => [name, false]),
);

describe("VRU with ml-engine on a second server", skipWhen(skip), () => {
  const held: AsyncDisposable[] = [];
  let first: Prepared;
  let second: Prepared;
  let opened: OpenStack;
  let stack: Stack;
  let url: string;
  let config: Record<string, unknown>;
  let given: Record<string, unknown>;

  beforeAll(async () => {
    first = await booted({ name: "sshtest-first", stock: await stock() });
    held.push(first);
    second = await booted({ name: "sshtest-second", beside: "sshtest-first" });
    held.push(second);
    url = `http://${first.standin.address}`;
    const images = await stockImages("vru", first);
    config = {
      system: "vru",
      images,
      host: { ...hostSettings(first), privateAddress: first.standin.address },
      hosts: { gpu: { ...hostSettings(second), privateAddress: second.standin.address } },
      placement: { "ml-engine": "gpu" },
      optional: { ...optional, "redis-exporter": false, "nginx-exporter": false },
      protectData: false,
    };
    // As `berth setup` does it, from the same settings.
    given = Object.fromEntries(Object.entries(config).map(([key, value]) => [`berth:${key}`, value]));
    const { first: toFirst, beside } = neighboursOf(given, hostsToPrepare(given));
    await prepareMachine(first.ssh, { ...machineFor("vru"), neighbours: toFirst }, silent);
    await prepareMachine(second.ssh, { ...machineFor("vru"), ports: [], neighbours: beside.gpu }, silent);
    opened = await openStack("sshtest-two", programOf(config));
    held.push(opened);
    stack = opened.stack;
  });

  afterAll(async () => {
    for (const one of held.reverse()) await one[Symbol.asyncDispose]();
  });

  /** Names of the services that run on a machine. */
  const running = async ({ standin }: Prepared): Promise<string[]> => {
    const format = "--format '{{.Label \"berth.service\"}}'";
    const filters = "--filter label=berth.role=service --filter health=healthy";
    return (await standin.exec(`docker ps ${filters} ${format} | sort`)).split("\n");
  };

  test("one run brings both up, sends the second its images, and needs two connections at most on each", async () => {
    const before = await second.standin.sshCounts();
    const { changes, accepted, refused } = await countedUp(stack, first);
    const after = await second.standin.sshCounts();
    assert.ok((changes.create ?? 0) > 60, JSON.stringify(changes));
    assert.ok(accepted <= 2 && after.accepted - before.accepted <= 2, `${accepted}, ${after.accepted}`);
    assert.equal(refused + after.refused, 0);
    assert.deepEqual(await running(second), ["ml-engine", "ml-engine-door"]);
    assert.ok(!(await running(first)).includes("ml-engine"));
  });

  test("everything reaches everything, through the proxy, by the names it always has", async () => {
    const ready = await until("ready", 60, () => json<Ready>(`${url}/api/ready`));
    assert.deepEqual(reached(ready), {
      postgres: "postgres ok",
      redis: "redis ok",
      "ml-engine": "http ok",
      "camera-service": "http ok",
      "validation-engine": "http ok",
    });
    // And the other way: it finds Redis, which is on the first.
    const engine = `http://${second.standin.address}:8001/ready`;
    const answer = JSON.parse(await first.standin.exec(`curl -fsS -m 5 ${engine}`)) as Ready;
    assert.deepEqual(reached(answer), { redis: "redis ok" });
  });

  test("Prometheus finds it there", async () => {
    const query =
      "docker exec $(docker ps -q --filter label=berth.service=prometheus) curl -fsS 'http://127.0.0.1:9090/api/v1/query?query=up'";
    await until("scraped", 90, async () => {
      const answer = JSON.parse(await first.standin.exec(query)) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      const found = answer.data.result.find(({ metric }) => metric.job === "ml-engine");
      assert.deepEqual([found?.metric.instance, found?.value[1]], [`${second.standin.address}:8001`, "1"]);
      return true;
    });
  });

  test("a second run and a refresh change nothing", async () => {
    assert.deepEqual(Object.keys((await countedUp(stack, first)).changes), ["same"]);
    const { summary } = await stack.refresh({ parallel: 32 });
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
  });

  test("from outside the second shows ssh alone of all 65,535 ports, and the first the web besides", async () => {
    assert.deepEqual(await openPorts(second.standin.address), [22]);
    assert.deepEqual(await openPorts(first.standin.address, await takenPorts(first.standin)), [22, 80]);
  });

  test("each machine answers the other on the ports it calls, and a third on their network on none", async () => {
    const [one, two] = [first.standin.address, second.standin.address];
    const connects = (address: string, port: number) =>
      `timeout 3 bash -c '</dev/tcp/${address}/${port}' 2>/dev/null && echo open || echo closed`;
    assert.equal(await first.standin.exec(connects(two, 8001)), "open");
    assert.equal(await second.standin.exec(connects(one, 6379)), "open");
    assert.equal(await first.standin.exec(connects(two, 8002)), "closed");
    assert.equal(await second.standin.exec(connects(one, 5432)), "closed");
    const third = async (address: string, port: number) => {
      const run = ["run", "--rm", "--network", "sshtest-first", "--entrypoint", "bash", "nginx:1.30", "-c"];
      return (await execa("docker", [...run, connects(address, port)])).stdout;
    };
    assert.equal(await third(one, 80), "open");
    assert.deepEqual(
      [await third(two, 8001), await third(one, 6379), await accepts(two, 8001)],
      ["closed", "closed", false],
    );
  });

  test("a crash on the second is seen and ended there, with its log, while the old one serves", async () => {
    // As a first run has them, which knows the second by its settings alone.
    const dockers = [...((await stackDockers(given)) ?? []), ...(await newDockers(given))];
    assert.equal(dockers.length, 2);
    const watch = await watchMachines(dockers, "sshtest-two");
    const command = ["python", "-c", "raise SystemExit('no wind')"];
    const program = programOf({ ...config, override: { "ml-engine": { command, startSeconds: 120 } } });
    await failure(() => stack.up({ parallel: 32, program })).finally(() => {
      watch.stop();
    });
    const { reason, log = [] } = watch.crashed.get("ml-engine") ?? {};
    assert.match(reason ?? "", /^crashes at boot: ended with exit code 1, \d times$/);
    assert.equal(log.at(-1), "no wind");
    assert.deepEqual(await running(second), ["ml-engine", "ml-engine-door"]);
    await stack.up({ parallel: 32 });
  });

  test("the second loses power: the rest serves on, and it is back with nobody present", async () => {
    await second.standin.kill();
    const answered = await untilAnswers(`${url}/health`, 30);
    assert.ok(answered <= 30, `${answered} s`);
    await second.standin.start();
    const took = await untilAnswers(`${url}/api/ready`, 120);
    assert.ok(took <= 120, `${took} s`);
    const taken = await takenPorts(second.standin);
    assert.ok(taken.includes(8001), taken.join());
    assert.deepEqual(await openPorts(second.standin.address, taken), [22]);
  });

  test("destroy leaves nothing on either", async () => {
    await stack.destroy({ parallel: 32 });
    const all =
      "docker ps -aq --filter label=berth.system; docker volume ls -q --filter label=berth.system; docker network ls -q --filter label=berth.system";
    assert.deepEqual([await first.standin.exec(all), await second.standin.exec(all)], ["", ""]);
  });
});
