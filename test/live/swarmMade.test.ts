import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { noDisk } from "../standin/disk.ts";
import { json, post, reached, type Ready } from "../tools/http.ts";
import { skipWhen } from "../tools/skip.ts";
import { until } from "../tools/wait.ts";
import { Fleet, madeProgram } from "./madeSwarm.ts";
import { noStandin, openStack, stockImages, type OpenStack } from "./sshRig.ts";

const skip = (await noStandin()) ?? (await noDisk());

interface Items {
  items: { text: string }[];
}

describe("LOC8 on machines of a cloud that are one swarm", skipWhen(skip), () => {
  const open: AsyncDisposable[] = [];
  const all = ["gce", "machine-2", "machine-3"];
  const rows = ["of the first day", "of another machine"];
  let fleet: Fleet;
  let images: Record<string, string>;
  let stack: OpenStack["stack"];

  /** Brings the stack up on so many machines, and again, by which nothing changes. */
  const up = async (machines: number) => {
    const publicKeys = [`ssh-ed25519 ${"A".repeat(68)} nobody`];
    const program = madeProgram(fleet, {
      system: "loc8",
      images,
      // The kernel that stand-ins share has no ESP.
      swarm: { encrypted: false, mtu: 1450 },
      host: { kind: "gce", project: "my-project-1", zone: "europe-west4-a", ssh: { publicKeys }, machines },
      replicas: { backend: 2, frontend: 2 },
      protectData: false,
    });
    const { summary } = await stack.up({ parallel: 32, program });
    const again = await stack.up({ parallel: 32, program });
    assert.deepEqual(Object.keys(again.summary.resourceChanges ?? {}), ["same"]);
    return summary.resourceChanges ?? {};
  };

  const url = (machine: string, path: string) => `http://${fleet.now(machine).address}${path}`;

  /** That the swarm has these machines and no others, each with a proxy that leads to all there is. */
  const whole = async (machines: readonly string[]) => {
    const first = fleet.now("gce");
    // A manager takes another machine for lost while it misses its heartbeats, as it may on a busy one.
    await until(`machines ${machines.join(", ")} are ready`, 180, async () => {
      const labels = await first.exec(
        "docker node ls -q | xargs docker node inspect --format '{{.Status.State}} {{index .Spec.Labels \"berth.machine\"}}'",
      );
      assert.deepEqual(
        labels.split("\n").toSorted(),
        machines.map((machine) => `ready ${machine}`).toSorted(),
      );
      return true;
    });
    for (const machine of machines) {
      const ready = await until(`${machine} answers`, 90, () => json<Ready>(url(machine, "/api/ready")));
      assert.deepEqual(reached(ready), { postgres: "postgres ok", redis: "redis ok" });
      const { items } = await json<Items>(url(machine, "/api/items"));
      const texts = items.map(({ text }) => text);
      assert.deepEqual(
        rows.filter((row) => !texts.includes(row)),
        [],
        `rows by ${machine}`,
      );
    }
    assert.equal(
      (await held()).length,
      5,
      "two services, a network, and a password and an address as secrets",
    );
  };

  /** Ids of what the managers hold of the stack. */
  const held = async () => {
    const kinds = ["service", "secret", "network"];
    const lists = kinds.map((kind) => `docker ${kind} ls -q --filter label=berth.system=loc8`);
    return (await fleet.now("gce").exec(lists.join("; "))).split("\n").toSorted();
  };

  const boot = async (machine: string) => stockImages("loc8", { standin: await fleet.boot(machine) });

  /** A new machine in the place of one, which is off by the time that the stack hears of it. */
  const replace = async (machine: string) => {
    await fleet.now(machine).kill();
    await boot(machine);
  };

  beforeAll(async () => {
    fleet = await Fleet.open("sshtest-made", "loc8");
    open.push(fleet);
    images = await boot("gce");
    await Promise.all(all.slice(1).map(boot));
    const opened = await openStack(
      "sshtest-made",
      madeProgram(fleet, { system: "loc8", host: { kind: "local" } }),
    );
    open.push(opened);
    stack = opened.stack;
  });

  afterAll(async () => {
    for (const one of open.reverse()) await one[Symbol.asyncDispose]();
  });

  test("all three are made and joined by one run", async () => {
    const changes = await up(3);
    assert.deepEqual(Object.keys(changes), ["create"]);
    await post(url("gce", "/api/items"), { text: rows[0] });
    await post(url("machine-3", "/api/items"), { text: rows[1] });
    await whole(all);
  });

  test("the first, made anew on its data disk, comes back to the swarm of the others, which goes on", async () => {
    const before = await held();
    await replace("gce");
    await up(3);
    await whole(all);
    assert.deepEqual(await held(), before);
  });

  test("another, made anew, takes the place of the one before it", async () => {
    const before = await held();
    await replace("machine-2");
    await up(3);
    await whole(all);
    assert.deepEqual(await held(), before);
  });

  test("three become two, and the one that goes is off", async () => {
    await up(2);
    await whole(all.slice(0, 2));
    assert.deepEqual(await fleet.powered("machine-3"), [false]);
  });

  test("of two the first, made anew, begins another swarm, to which the other changes over", async () => {
    const before = await held();
    await replace("gce");
    await up(2);
    await whole(all.slice(0, 2));
    const after = await held();
    assert.equal(after.length, before.length);
    assert.deepEqual(
      after.filter((id) => before.includes(id)),
      [],
    );
  });

  test("two become three again", async () => {
    await boot("machine-3");
    await up(3);
    await whole(all);
  });

  test("with the stack go its machines, and nothing else is waited for", async () => {
    await stack.destroy({ parallel: 32 });
    for (const machine of all) assert.ok(!(await fleet.powered(machine)).includes(true), machine);
  });
});
