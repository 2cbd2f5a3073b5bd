import assert from "node:assert/strict";
import * as command from "@pulumi/command/local/index.js";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { describe, test } from "vitest";
import { connection, type SshTarget } from "../../components/ssh/connection.ts";
import { engineFacts } from "../../components/hosts/engine.ts";
import type { Host } from "../../components/hosts/host.ts";
import { Gate } from "../../components/machine/gate.ts";
import { parseSettings } from "../../settings.ts";
import { knownImages } from "../../stack/images.ts";
import { buildStack } from "../../stack/stack.ts";
import { filesImage } from "../../services/proxy/definition.ts";
import { noStandin, openStack, prepared, seconds, stockImages, untilAnswers } from "./sshRig.ts";
import { skipWhen } from "../tools/skip.ts";

const skip = await noStandin();

/** A host whose machine is a resource of the stack, as the clouds' are; here a command stands for making it. */
class BuiltHost extends pulumi.ComponentResource {
  readonly kind = "gce";
  readonly provider: docker.Provider;
  readonly address: pulumi.Output<string>;
  readonly capacity = { cpus: 2, memory: 16384, gpus: 0 };
  readonly publication = { ip: "0.0.0.0", http: 80 };
  readonly access = pulumi.output("");
  readonly generation: pulumi.Output<string>;
  readonly onHost: Host["onHost"];

  constructor(machines: SshTarget[], generation: number) {
    super("berth:test:BuiltHost", "built", {});
    const machine = new command.Command(
      "machine",
      {
        create: 'printf "%s" "$MACHINE"',
        environment: { MACHINE: String(generation) },
        triggers: [generation],
      },
      { parent: this },
    );
    const target = pulumi.all([machines, machine.stdout]).apply(targetOf);
    const gate = new Gate(
      "gate",
      { connection: target.apply(connection), generation: machine.stdout, deadline: 120 },
      { parent: this },
    );
    this.provider = new docker.Provider(
      "built",
      {
        host: gate.connection.url,
        sshOpts: gate.connection.options as pulumi.Output<string[]>,
      },
      { parent: this },
    );
    this.address = target.address;
    this.generation = machine.stdout;
    this.onHost = { provider: this.provider, deletedWith: machine, replaceWith: [machine] };
    this.registerOutputs();
  }
}

function targetOf([machines, index]: [SshTarget[], string]): SshTarget {
  const target = machines[Number(index)];
  if (target === undefined) throw new Error(`machine ${index}: must be one of ${machines.length}`);
  return target;
}

describe("a machine that the stack owns", skipWhen(skip), () => {
  test("replaced while the old one is dead, everything is on the new one after one run, and destroy needs no machine", async () => {
    await using first = await prepared("loc8", { name: "sshtest-old" });
    await using second = await prepared("loc8", { name: "sshtest-new" });
    const images = await stockImages("loc8", first);
    await stockImages("loc8", second);
    const settings = parseSettings({
      system: "loc8",
      images,
      replicas: { backend: 1 },
      optional: { postgres: false },
      protectData: false,
    });
    const machines = [first.standin.target, second.standin.target];
    let generation = 0;
    const program = async () => {
      const { images: present } = await engineFacts();
      const known = knownImages({
        present,
        locked: new Map(),
        thisMachine: false,
        made: true,
        preview: false,
      });
      return buildStack(settings, {
        capacity: { cpus: 2, memory: 16384, gpus: 0 },
        images: known,
        open() {
          const host = new BuiltHost(machines, generation);
          const image = known.finder(host);
          return { host, image, filesImage: image(filesImage) };
        },
      });
    };
    await using opened = await openStack("sshtest-replace", program);
    const { stack } = opened;
    await stack.up({ parallel: 32 });
    assert.ok((await untilAnswers(`http://${first.standin.address}/health`, 60)) <= 60);

    await first.standin.kill();
    generation = 1;
    const { summary } = await stack.up({ parallel: 32 });
    assert.ok((summary.resourceChanges?.replace ?? 0) > 10, JSON.stringify(summary.resourceChanges));
    assert.ok((await untilAnswers(`http://${second.standin.address}/health`, 60)) <= 60);
    const running = await second.standin.exec(
      "docker ps --filter label=berth.role=service --format '{{.Label \"berth.service\"}}' | sort",
    );
    assert.equal(running, "backend\nfrontend\nnginx\nredis");

    const again = await stack.up({ parallel: 32 });
    assert.deepEqual(Object.keys(again.summary.resourceChanges ?? {}), ["same"]);

    await second.standin.kill();
    const [, took] = await seconds(stack.destroy({ parallel: 32 }));
    assert.ok(took < 60, `${took} s`);
  });
});
