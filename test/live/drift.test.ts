import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { docker, removeLabelled } from "../tools/docker.ts";
import { prepareImages } from "../tools/prepare.ts";

const root = join(import.meta.dirname, "../..");
const image = "nginx:1.30";

/** A state that the engine might have left, and what Docker has for it: what is compared needs no system. */
describe("berth drift", () => {
  const stack = `live-${process.pid}-drift`;
  const stray = `${stack}-stray`;
  let folder: string;
  let network: string;
  let container: string;

  beforeAll(async () => {
    await prepareImages([image]);
    folder = await mkdtemp(join(tmpdir(), "berth-drift-"));
    network = (await docker.createNetwork({ Name: stack, Labels: labels("network") })).id;
    container = await start(`${stack}-api`, labels("service"), { Memory: 64 * 1024 ** 2 });
    await writeState();
  });
  afterAll(async () => {
    await docker
      .getContainer(stray)
      .remove({ force: true })
      .catch(() => undefined);
    await removeLabelled(`berth.stack=${stack}`);
    await rm(folder, { recursive: true, force: true });
  });

  function labels(role: string): Record<string, string> {
    return { "berth.stack": stack, "berth.system": "loc8", "berth.service": "api", "berth.role": role };
  }

  async function start(name: string, Labels: Record<string, string>, more: object = {}): Promise<string> {
    const made = await docker.createContainer({
      name,
      Image: image,
      Entrypoint: ["sleep", "300"],
      Labels,
      HostConfig: { NetworkMode: stack, ...more },
    });
    await made.start();
    return made.id;
  }

  async function writeState(): Promise<void> {
    const resource = (type: string, id: string, role: string, inputs: object) => ({
      urn: `urn:pulumi:${stack}::berth::${type}::my-${role}`,
      type,
      id,
      custom: true,
      inputs: { ...inputs, labels: Object.entries(labels(role)).map(([label, value]) => ({ label, value })) },
    });
    const resources = [
      resource("docker:index/network:Network", network, "network", { name: stack }),
      resource("docker:index/container:Container", container, "service", {
        memory: 64,
        networksAdvanced: [{ name: stack }],
      }),
    ];
    const stacks = join(folder, "berth/state/.pulumi/stacks/berth");
    await mkdir(stacks, { recursive: true });
    const checkpoint = { version: 3, checkpoint: { stack, latest: { resources } } };
    await writeFile(join(stacks, `${stack}.json`), JSON.stringify(checkpoint));
  }

  /** The exit code and each difference. */
  async function drift(): Promise<[number | undefined, string[]]> {
    const words = [join(root, "cli/berth.mjs"), "drift", "--json", "--stack", stack, "-c", "system=loc8"];
    const env = { XDG_DATA_HOME: folder };
    const { exitCode, stdout, stderr } = await execa(process.execPath, words, {
      cwd: root,
      env,
      reject: false,
    });
    assert.notEqual(stdout, "", stderr);
    const { findings } = JSON.parse(stdout) as { findings: Record<string, string>[] };
    return [exitCode, findings.map(({ kind, name, found }) => `${kind} ${name}: ${found}`)];
  }

  it("finds nothing where nothing was changed", async () => {
    assert.deepEqual(await drift(), [0, []]);
  });

  it("finds a limit that somebody changed", async () => {
    await docker.getContainer(container).update({ Memory: 32 * 1024 ** 2 });
    const what = 'memory must be "64 MiB", got "32 MiB"';
    assert.deepEqual(await drift(), [2, [`container ${stack}-api: ${what}`]]);
    await docker.getContainer(container).update({ Memory: 64 * 1024 ** 2 });
    assert.deepEqual(await drift(), [0, []]);
  });

  it("finds somebody's container on the stack's network with a port of its own", async () => {
    await docker.createContainer({
      name: stray,
      Image: image,
      Entrypoint: ["sleep", "300"],
      ExposedPorts: { "5432/tcp": {} },
      HostConfig: { NetworkMode: stack, PortBindings: { "5432/tcp": [{ HostIp: "0.0.0.0", HostPort: "" }] } },
    });
    await docker.getContainer(stray).start();
    const { NetworkSettings } = await docker.getContainer(stray).inspect();
    const port = NetworkSettings.Ports["5432/tcp"]?.[0]?.HostPort ?? "";
    const what = `is on the stack's network ${stack}, publishes 0.0.0.0:${port} past the proxy`;
    assert.deepEqual(await drift(), [2, [`stray ${stray}: ${what}`]]);
    await docker.getContainer(stray).remove({ force: true });
  });

  it("finds a container that is paused, stopped, gone", async () => {
    const one = docker.getContainer(container);
    await one.pause();
    assert.deepEqual(await drift(), [2, ["container my-service: is paused"]]);
    await one.unpause();
    await one.stop({ t: 0 });
    assert.deepEqual(await drift(), [2, ["container my-service: has stopped"]]);
    await one.remove();
    assert.deepEqual(await drift(), [2, ["container my-service: is gone"]]);
  });
});
