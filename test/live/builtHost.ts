import * as command from "@pulumi/command/local/index.js";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { engineFacts } from "../../components/hosts/engine.ts";
import type { Host } from "../../components/containers/host.ts";
import { gate } from "../../components/machine/gate.ts";
import { connection, type SshTarget } from "../../components/ssh/connection.ts";
import { filesImage } from "../../services/proxy/definition.ts";
import { parseSettings } from "../../settings.ts";
import { knownImages } from "../../stack/images.ts";
import { lookIntoImages } from "../../stack/lookIntoImages.ts";
import { buildStack } from "../../stack/stack.ts";

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
    const ready = gate(
      "gate",
      { connection: target.apply(connection), generation: machine.stdout, deadline: 120 },
      this,
    );
    this.provider = new docker.Provider(
      "built",
      {
        host: ready.url,
        sshOpts: ready.options as pulumi.Output<string[]>,
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

/** Settings, the machines there are, and which of them the stack has now. */
export interface Built {
  config: Record<string, unknown>;
  machines: () => SshTarget[];
  generation: () => number;
}

/** The program of a stack that owns its machine. */
export function builtProgram({ config, machines, generation }: Built): PulumiFn {
  const settings = parseSettings(config);
  return async () => {
    const { images: present } = await engineFacts();
    const facts = { present, locked: new Map(), thisMachine: false, made: true, preview: false };
    const known = knownImages(facts);
    return buildStack(settings, {
      capacity: { cpus: 2, memory: 16384, gpus: 0 },
      images: known,
      looked: await lookIntoImages(settings, facts),
      open() {
        const host = new BuiltHost(machines(), generation());
        const image = known.finder(host);
        return { host, image, filesImage: image(filesImage) };
      },
    });
  };
}
