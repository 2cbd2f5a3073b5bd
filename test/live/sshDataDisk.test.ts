import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { userData } from "../../components/hosts/cloud/userData.ts";
import { connection } from "../../components/ssh/connection.ts";
import { everywhere } from "../../components/machine/machine.ts";
import { makeDisk, noDisk, removeDisk } from "../standin/disk.ts";
import { startStandin, type Standin } from "../standin/standin.ts";
import { json, post } from "../tools/http.ts";
import { skipWhen } from "../tools/skip.ts";
import { until } from "../tools/wait.ts";
import { builtProgram } from "./builtHost.ts";
import { noStandin, openStack, remove, stock, stockImages, type OpenStack } from "./sshRig.ts";

const skip = (await noStandin()) ?? (await noDisk());

/** As Compute Engine calls it; EC2's differs in its name alone. */
const disk = { volume: "sshtest-data-disk", device: "/dev/disk/by-id/google-data" };

/** A volume as a machine left it for which the disk was Docker's folder of volumes itself. */
const former = `mkdir -p /tmp/root/former/_data
  echo kept >/tmp/root/former/_data/row
  touch /tmp/root/metadata.db
  mkfs.ext4 -q -L berth-data -d /tmp/root "$file"`;

/** The user-data that the clouds' machines boot with. */
function bootsWith(publicKey: string): string {
  const machine = { system: "vru", sshFrom: everywhere, leastDisk: 1 };
  return userData({ machine, user: "berth", publicKeys: [publicKey], dataDevice: disk.device });
}

/** Everything that watches is another test's. */
const optional = Object.fromEntries(
  [
    ...["prometheus", "alertmanager", "grafana", "cadvisor", "node-exporter"],
    ...["postgres-exporter", "redis-exporter", "nginx-exporter"],
  ].map((name) => [name, false]),
);

interface Items {
  items: { id: number; text: string }[];
}

describe("VRU on a machine whose data disk outlives it", skipWhen(skip), () => {
  const held: AsyncDisposable[] = [];
  const machines: Standin[] = [];
  let opened: OpenStack;
  let generation = 0;

  /** Boots a machine on the disk, as the vendor's API would. */
  const boot = async (name: string): Promise<Standin> => {
    const standin = await startStandin({
      name,
      userData: bootsWith,
      user: "berth",
      disk,
      stock: await stock(),
    });
    held.push({ [Symbol.asyncDispose]: () => remove(standin, connection(standin.target)) });
    await standin.ready(300);
    machines.push(standin);
    return standin;
  };

  const url = (path: string) => `http://${machines.at(-1)?.address ?? ""}${path}`;

  beforeAll(async () => {
    held.push({ [Symbol.asyncDispose]: () => removeDisk(disk) });
    await makeDisk(disk, 4096, former);
    const first = await boot("sshtest-data-old");
    const images = await stockImages("vru", { standin: first });
    const publicKeys = [`ssh-ed25519 ${"A".repeat(68)} nobody`];
    const host = { kind: "gce", project: "my-project-1", zone: "europe-west4-a", ssh: { publicKeys } };
    const config = { system: "vru", host, images, optional, replicas: { "api-gateway": 1 } };
    opened = await openStack(
      "sshtest-data",
      builtProgram({
        config,
        machines: () => machines.map(({ target }) => target),
        generation: () => generation,
      }),
    );
    held.push(opened);
  });

  afterAll(async () => {
    for (const one of held.reverse()) await one[Symbol.asyncDispose]();
  });

  test("its data folders are on the disk before Docker starts, and a volume of the former layout is one of Docker's", async () => {
    const [first] = machines;
    assert.ok(first);
    for (const folder of ["/var/lib/docker/volumes", "/opt/vru-platform"]) {
      const source = await first.exec(`findmnt --noheadings --output SOURCE --mountpoint ${folder}`);
      assert.match(source, new RegExp(`^/dev/loop\\d+\\[${folder}\\]$`));
    }
    assert.match(await first.exec("systemctl show --property Requires docker"), /\bberth-data\.service\b/);
    assert.match(await first.exec("docker volume ls --quiet"), /^former$/m);
    assert.equal(
      await first.exec("cat $(docker volume inspect --format '{{.Mountpoint}}' former)/row"),
      "kept",
    );
    assert.equal(await first.exec("systemctl --failed --no-legend --plain"), "");
  });

  test("after a power loss it is mounted again, and Docker waits for it", async () => {
    const [first] = machines;
    assert.ok(first);
    await first.kill();
    await first.start();
    await first.ready(300);
    assert.match(await first.exec("docker volume ls --quiet"), /^former$/m);
    assert.equal(await first.exec("systemctl --failed --no-legend --plain"), "");
  });

  test("a new machine on the same disk has every row, upload, key and password, and nothing is asked", async (t) => {
    await opened.stack.up({ parallel: 32 });
    const [first] = machines;
    assert.ok(first);
    const { id } = await until("a row", 60, () => post<{ id: number }>(url("/api/items"), { text: "kept" }));
    await first.exec("echo weights >/opt/vru-platform/models/detector.onnx");
    await first.exec(
      "mkdir -p /opt/vru-platform/certificates && echo key >/opt/vru-platform/certificates/key",
    );
    const ask = "docker exec $(docker ps -q --filter label=berth.service=redis) sh -c";
    const redis = (command: string) =>
      `${ask} 'REDISCLI_AUTH=$(cat /etc/berth/password) redis-cli ${command}'`;
    await first.exec(redis("set kept yes"));
    const passwords = await opened.stack.outputs();

    // Its boot disk is gone with it.
    await first.kill();
    const begin = performance.now();
    const second = await boot("sshtest-data-new");
    generation = 1;
    await stockImages("vru", { standin: second });
    const { changeSummary } = await opened.stack.preview({ parallel: 32 });
    const { summary } = await opened.stack.up({ parallel: 32 });
    await until("the row", 60, async () => {
      const { items } = await json<Items>(url("/api/items"));
      return items.some((item) => item.id === id && item.text === "kept");
    });
    await t.annotate(`all there ${((performance.now() - begin) / 1000).toFixed(0)} s after the old one went`);
    assert.ok((summary.resourceChanges?.replace ?? 0) > 20, JSON.stringify(summary.resourceChanges));
    assert.deepEqual(summary.resourceChanges, changeSummary);
    assert.equal(await second.exec("cat /opt/vru-platform/models/detector.onnx"), "weights");
    assert.equal(await second.exec("cat /opt/vru-platform/certificates/key"), "key");
    assert.equal(await second.exec(redis("get kept")), "yes");
    assert.match(await second.exec("docker volume ls --quiet"), /^former$/m);
    assert.deepEqual((await opened.stack.outputs()).secrets, passwords.secrets);
    const again = await opened.stack.up({ parallel: 32 });
    assert.deepEqual(Object.keys(again.summary.resourceChanges ?? {}), ["same"]);
  });
});
