import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, test } from "vitest";
import { stackDockers } from "../../cli/docker/machines.ts";
import type { Finding } from "../../cli/drift/finding.ts";
import { watchMachines } from "../../cli/failure/crashWatch.ts";
import { root } from "../../cli/project.ts";
import type { ServiceStatus } from "../../cli/statusTable.ts";
import type { TopRow } from "../../cli/top/table.ts";
import { hostsToPrepare } from "../../cli/setup/host.ts";
import { peersOf } from "../../cli/setup/neighbours.ts";
import { prepareMachine } from "../../cli/setup/prepare.ts";
import { json, reached, type Ready } from "../tools/http.ts";
import { openPorts } from "../standin/ports.ts";
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
import { strictLoad } from "./strictLoad.ts";
import { skipWhen } from "../tools/skip.ts";

const skip = await noStandin();

describe("LOC8 on three servers as one swarm", skipWhen(skip), () => {
  const held: AsyncDisposable[] = [];
  const machines: Prepared[] = [];
  let opened: OpenStack;
  let stack: Stack;
  let config: Record<string, unknown>;
  let given: Record<string, unknown>;
  let data = "";
  const file = join(root, "Pulumi.sshtest-swarm.yaml");

  const machine = (place: number): Prepared => {
    const found = machines[place];
    assert.ok(found, `machine ${place}`);
    return found;
  };
  const url = (place: number) => `http://${machine(place).standin.address}`;

  beforeAll(async () => {
    const images = await stock();
    for (const name of ["sshtest-one", "sshtest-two", "sshtest-three"]) {
      const beside = machines.length === 0 ? {} : { beside: "sshtest-one" };
      const one = await booted({ name, stock: images, ...beside });
      held.push(one);
      machines.push(one);
    }
    const named = await Promise.all(machines.map((one) => stockImages("loc8", one)));
    const settings = machines.map((one) => ({
      ...hostSettings(one),
      privateAddress: one.standin.address,
    }));
    config = {
      system: "loc8",
      images: named[0],
      // The kernel that stand-ins share has no ESP.
      swarm: { encrypted: false },
      host: settings[0],
      hosts: { two: settings[1], three: settings[2] },
      replicas: { backend: 3, frontend: 3 },
      protectData: false,
    };
    // As `berth setup` does it, from the same settings.
    given = Object.fromEntries(Object.entries(config).map(([key, value]) => [`berth:${key}`, value]));
    const peers = peersOf(given, hostsToPrepare(given));
    const all = [peers?.first, peers?.beside.two, peers?.beside.three];
    await Promise.all(
      machines.map((one, place) =>
        prepareMachine(one.ssh, { ...machineFor("loc8"), ports: [80], swarm: all[place] }, silent),
      ),
    );
    opened = await openStack("sshtest-swarm", programOf(config));
    held.push(opened);
    stack = opened.stack;
    data = await mkdtemp(join(tmpdir(), "berth-swarm-"));
    await writeFile(file, stringify({ config: given }));
  });

  afterAll(async () => {
    await rm(file, { force: true });
    await rm(data, { recursive: true, force: true });
    for (const one of held.reverse()) await one[Symbol.asyncDispose]();
  });

  /** Services of which something healthy runs on a machine. */
  const running = async (place: number): Promise<string[]> => {
    const format = "--format '{{.Label \"berth.service\"}}'";
    const filters = "--filter label=berth.role=service --filter health=healthy";
    const found = await machine(place).standin.exec(`docker ps ${filters} ${format} | sort -u`);
    return found.split("\n").filter((name) => name !== "");
  };

  /** The command line on the same state, as an operator has it, and how it ended. */
  const berth = async (verb: string, ...words: string[]) => {
    const args = [join(root, "cli/berth.mjs"), verb, "--stack", "sshtest-swarm", ...words];
    const { exitCode, stdout, all } = await execa(process.execPath, args, {
      ...{ cwd: root, all: true, reject: false, stdin: "ignore", timeout: 900_000 },
      env: {
        ...{ NO_COLOR: "1", XDG_DATA_HOME: data, PULUMI_CONFIG_PASSPHRASE: "sshtest" },
        PULUMI_BACKEND_URL: `file://${stack.workspace.workDir}`,
      },
    });
    return { code: exitCode, stdout, all };
  };
  const must = async (verb: string, ...words: string[]): Promise<string> => {
    const { code, stdout, all } = await berth(verb, ...words);
    assert.equal(code, 0, all);
    return stdout;
  };
  const statusNow = async () => {
    const { code, stdout, all } = await berth("status", "--json");
    assert.ok(stdout.startsWith("{"), all);
    return { code, ...(JSON.parse(stdout) as { services: ServiceStatus[]; lost?: { machine: string }[] }) };
  };
  /** What drift says of services, as `name: what`, or of all else. */
  const driftNow = async (): Promise<string[]> => {
    const { code, stdout, all } = await berth("drift", "--json");
    assert.ok(stdout.startsWith("{"), all);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    assert.equal(code, findings.length === 0 ? 0 : 2, all);
    return findings.map(({ kind, name, found }) => `${kind} ${name}: ${found}`);
  };
  /** Ids of services of a name. */
  const servicesNamed = (service: string) =>
    machine(0).standin.exec(`docker service ls -q --filter label=berth.service=${service}`);
  /** Ids of the containers of a service, on all machines. */
  const containersOf = async (service: string): Promise<string[]> => {
    const list = `docker ps -q --no-trunc --filter label=berth.service=${service} --filter health=healthy`;
    const all = await Promise.all(machines.map(({ standin }) => standin.exec(list)));
    return all.flatMap((ids) => ids.split("\n").filter((id) => id !== "")).sort();
  };

  test("one run makes them a swarm and brings LOC8 up on it, each machine with its part", async () => {
    const { changes, refused } = await countedUp(stack, machine(0));
    assert.ok((changes.create ?? 0) > 40, JSON.stringify(changes));
    assert.equal(refused, 0);
    assert.deepEqual(await running(0), ["backend", "frontend", "nginx", "postgres", "redis"]);
    assert.deepEqual(await running(1), ["backend", "frontend", "nginx-two"]);
    assert.deepEqual(await running(2), ["backend", "frontend", "nginx-three"]);
    const nodes = await machine(0).standin.exec("docker node ls --format '{{.Status}} {{.ManagerStatus}}'");
    assert.deepEqual(nodes.split("\n").sort(), ["Ready Leader", "Ready Reachable", "Ready Reachable"]);
  });

  test("each machine's proxy answers, and the backend reaches the database wherever it runs", async () => {
    for (const place of [0, 1, 2]) {
      for (let turn = 0; turn < 6; turn++) {
        const ready = await until("ready", 60, () => json<Ready>(`${url(place)}/api/ready`));
        assert.deepEqual(reached(ready), { postgres: "postgres ok", redis: "redis ok" });
      }
      const page = await fetch(`${url(place)}/`);
      assert.equal(page.status, 200);
      await page.text();
    }
  });

  test("a second run and a refresh change nothing", async () => {
    assert.deepEqual(Object.keys((await countedUp(stack, machine(0))).changes), ["same"]);
    const { summary } = await stack.refresh({ parallel: 32 });
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
  });

  test("status, top, verify and logs see all containers, and exec enters each", async () => {
    const { code, services } = await statusNow();
    for (const name of ["backend", "frontend"]) {
      const found = services.find(({ service }) => service === name);
      assert.deepEqual([found?.healthy, found?.wanted], [3, 3], name);
      assert.match(found?.release ?? "", /^[0-9a-f]{7}$/);
      assert.equal(new Set(found?.replicas.map((one) => one.machine)).size, 3, JSON.stringify(found));
    }
    assert.equal(code, 0);
    const { containers } = JSON.parse(await must("top", "--json")) as { containers: TopRow[] };
    const backends = containers.filter(({ service }) => service === "backend");
    assert.equal(new Set(backends.map((one) => one.machine)).size, 3, JSON.stringify(backends));
    const verified = await berth("verify", "--json");
    const { checks } = JSON.parse(verified.stdout) as {
      checks: { level: string; what: string; outcome: string; detail: string }[];
    };
    const own = checks.filter(({ level, what }) => level === "container" && what.startsWith("backend-"));
    assert.deepEqual(
      own.map(({ outcome }) => outcome),
      ["pass", "pass", "pass"],
      verified.all,
    );
    const levels = ["machine", "container", "endpoint", "dependency"];
    assert.deepEqual(
      checks.filter(({ level, outcome }) => outcome === "fail" && levels.includes(level)),
      [],
      verified.all,
    );
    const lines = (await must("logs", "backend", "--json")).trim().split("\n");
    const wrote = new Set(lines.map((line) => (JSON.parse(line) as { container: string }).container));
    assert.ok(wrote.size >= 3, [...wrote].join());
    const entered: string[] = [];
    for (const replica of ["1", "2", "3"])
      entered.push(
        (await must("exec", "backend", "--replica", replica, "--", "cat", "/etc/hostname")).trim(),
      );
    assert.equal(new Set(entered).size, 3, entered.join());
    const refused = await berth("run", "backend", "--", "true");
    assert.match(
      refused.all,
      /^service: must be one whose files another container can have too, got "backend"/m,
    );
  });

  test("what is changed or removed by hand is shown, and the next up mends it", async () => {
    assert.deepEqual(await driftNow(), []);
    const id = await servicesNamed("frontend");
    const update = "docker service update --detach";
    await machine(0).standin.exec(`${update} --env-add STRAY=1 --replicas 1 ${id}`);
    await until("one container is left", 180, async () => {
      const state = await machine(0).standin.exec(
        `docker service inspect --format '{{.UpdateStatus.State}}' ${id}`,
      );
      return state === "completed" && (await containersOf("frontend")).length === 1;
    });
    const changed = await driftNow();
    assert.deepEqual(changed, [
      'service frontend: replicas must be "3", got "1"',
      "service frontend: variable STRAY was added",
    ]);
    const short = await statusNow();
    const frontend = short.services.find(({ service }) => service === "frontend");
    assert.deepEqual([short.code, frontend?.healthy, frontend?.wanted], [1, 1, 3]);
    await must("up");
    assert.equal(await servicesNamed("frontend"), id, "it is set back and not made anew");
    assert.deepEqual(await driftNow(), []);
    await machine(0).standin.exec(`docker service rm ${id}`);
    await until("none is left", 120, async () => (await containersOf("frontend")).length === 0);
    assert.deepEqual(await driftNow(), ["service frontend: is gone"]);
    await must("up");
    assert.notEqual(await servicesNamed("frontend"), id);
    assert.deepEqual(await driftNow(), []);
    assert.equal((await statusNow()).code, 0);
  });

  test("a restart makes each container anew, and drops nothing", async () => {
    const before = await containersOf("backend");
    const load = strictLoad({ url: `${url(1)}/api/health`, perSecond: 20, seconds: 60, onlyGet: true });
    await must("restart", "backend");
    assert.deepEqual([...(await load).failures], []);
    const after = await containersOf("backend");
    assert.equal(after.length, 3);
    assert.deepEqual(
      after.filter((one) => before.includes(one)),
      [],
    );
    assert.deepEqual(await driftNow(), []);
  });

  test("a rollback leads back to the images before, and is refused where a machine has lost one", async () => {
    const image = "docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}'";
    const runs = async () => machine(0).standin.exec(`${image} ${await servicesNamed("frontend")}`);
    const first = await runs();
    const { frontend = "" } = config.images as Record<string, string>;
    const second = "sshtest/loc8-frontend:second";
    await execa("docker", ["build", "--quiet", "--tag", second, "-"], {
      input: `FROM ${frontend}\nLABEL release=second\n`,
    });
    for (const { standin } of machines) await standin.addImages([second]);
    await must("up", "-c", `images.frontend=${second}`);
    assert.notEqual(await runs(), first);
    // While an old container still ends, the engine refuses.
    await until("the image is gone there", 120, async () =>
      machine(2).standin.exec(`docker rmi -f ${first}`),
    );
    const refused = await berth("rollback", "--yes");
    assert.match(refused.all, /^rollback: must have the image of frontend in release \d+ on its machine/m);
    await machine(2).standin.addImages([frontend]);
    await must("rollback", "--yes");
    assert.equal(await runs(), first);
    await writeFile(file, stringify({ config: given }));
    await execa("docker", ["rmi", "--force", second], { reject: false });
    assert.deepEqual(await driftNow(), []);
  });

  test("from outside each shows the web and ssh alone of all 65,535 ports", async () => {
    for (const { standin } of machines) assert.deepEqual(await openPorts(standin.address), [22, 80]);
  });

  test("no token that lets a machine in is in state", async () => {
    const state = JSON.stringify(await stack.exportStack());
    assert.ok(state.includes("docker swarm join"));
    assert.doesNotMatch(state, /SWMTKN/);
  });

  test("a release drops nothing, at two machines' proxies", async () => {
    const program = programOf({ ...config, environment: { backend: { FLAVOUR: "second" } } });
    const load = [1, 2].map((place) =>
      strictLoad({ url: `${url(place)}/api/health`, perSecond: 20, seconds: 60, onlyGet: true }),
    );
    const { summary } = await stack.up({ parallel: 32, program });
    assert.equal(summary.result, "succeeded");
    for (const { sent, failures } of await Promise.all(load)) {
      assert.ok(sent > 0);
      assert.deepEqual([...failures], []);
    }
  });

  test("a bad release fails the run and is taken back, and nothing is dropped", async () => {
    const command = ["python", "-c", "raise SystemExit('no wind')"];
    const program = programOf({ ...config, override: { backend: { command, startSeconds: 20 } } });
    const load = strictLoad({ url: `${url(1)}/api/health`, perSecond: 20, seconds: 60, onlyGet: true });
    const watch = await watchMachines((await stackDockers(given)) ?? [], "sshtest-swarm");
    const message = await failure(() => stack.up({ parallel: 32, program }));
    assert.match(message, /rollback/);
    await until("the container that failed is known", 60, async () =>
      Promise.resolve(watch.crashed.has("backend")),
    );
    watch.stop();
    const { reason = "", log = [] } = watch.crashed.get("backend") ?? {};
    assert.match(reason, /exit code 1/);
    assert.ok(log.includes("no wind"), log.join("\n"));
    assert.deepEqual([...(await load).failures], []);
    await stack.up({ parallel: 32 });
  });

  test("a machine that dies: all is served elsewhere", async () => {
    const before = (await running(0)).length + (await running(1)).length;
    await machine(2).standin.kill();
    const counts = "docker service ls --format '{{.Name}} {{.Replicas}}'";
    await until("all replicas run", 120, async () => {
      const services = (await machine(0).standin.exec(counts)).split("\n");
      assert.ok(
        services.every((line) => line.endsWith(" 3/3")),
        services.join(),
      );
      return true;
    });
    assert.ok((await untilAnswers(`${url(1)}/api/ready`, 10)) <= 10);
    assert.ok(before > 0);
    const left = await statusNow();
    assert.deepEqual([left.code, left.lost?.length], [1, 1]);
    const backend = left.services.find(({ service }) => service === "backend");
    assert.deepEqual([backend?.healthy, backend?.wanted], [3, 3]);
    const [lost = "", ...more] = await driftNow();
    assert.match(lost, /^machine .*: isn't reached: /);
    assert.deepEqual(more, []);
    await machine(2).standin.start();
    await machine(2).standin.ready();
    const took = await untilAnswers(`${url(2)}/api/ready`, 120);
    assert.ok(took <= 120, `${took} s`);
  });

  test("destroy leaves nothing on any, and none in a swarm", async () => {
    await stack.destroy({ parallel: 32 });
    const all =
      "docker ps -aq --filter label=berth.system; docker volume ls -q --filter label=berth.system; docker network ls -q --filter label=berth.system; docker info --format '{{.Swarm.LocalNodeState}}'";
    for (const { standin } of machines) assert.equal(await standin.exec(all), "inactive");
  });
});
