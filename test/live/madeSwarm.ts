import * as command from "@pulumi/command/local/index.js";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { publicationOf, type Host, type OnHost, type Publication } from "../../components/containers/host.ts";
import { findCloudHost } from "../../components/hosts/cloud/find.ts";
import { isFirst, webOf, type CloudHostArgs } from "../../components/hosts/cloud/host.ts";
import { OpenedMachine } from "../../components/hosts/cloud/open.ts";
import { userData, userSetup } from "../../components/hosts/cloud/userData.ts";
import type { Kind } from "../../components/hosts/kind.ts";
import { everywhere } from "../../components/machine/machine.ts";
import { filesImage } from "../../services/proxy/definition.ts";
import { connection, type Connection } from "../../components/ssh/connection.ts";
import { parseSettings } from "../../settings.ts";
import { buildStack } from "../../stack/stack.ts";
import { findHost } from "../../stack/hosts.ts";
import { makeDisk, removeDisk } from "../standin/disk.ts";
import { startStandin, type Standin } from "../standin/standin.ts";
import { remove, stock } from "./sshRig.ts";

const user = "berth";
const capacity = { cpus: 2, memory: 16384, gpus: 0 };
/** As Compute Engine calls it. */
const dataDevice = "/dev/disk/by-id/google-data";

/** What a machine boots with, and is prepared with where it is older than its swarm. */
function described(system: string, first: boolean) {
  return {
    // Of what Docker gives networks addresses from, as the vendor's firewall would let in the network's alone.
    machine: { system, sshFrom: everywhere, leastDisk: 1, swarm: ["172.16.0.0/12", "192.168.0.0/16"] },
    ...(first && { dataDevice }),
  };
}

/** Stand-ins that a vendor would make for the machines of a stack. */
export class Fleet implements AsyncDisposable {
  readonly #made = new Map<string, Standin[]>();
  readonly #held: AsyncDisposable[] = [];
  readonly #disk: { volume: string; device: string };

  private constructor(
    readonly name: string,
    readonly system: string,
  ) {
    this.#disk = { volume: `${name}-disk`, device: dataDevice };
  }

  /** With a disk for data that outlives machines. */
  static async open(name: string, system: string): Promise<Fleet> {
    const fleet = new Fleet(name, system);
    await makeDisk(fleet.#disk, 4096);
    fleet.#held.push({ [Symbol.asyncDispose]: () => removeDisk(fleet.#disk) });
    return fleet;
  }

  /** The newest of a machine, which the stack has. */
  now(machine: string): Standin {
    const found = this.#made.get(machine)?.at(-1);
    if (found === undefined) throw new Error(`${machine}: no stand-in was made for it`);
    return found;
  }

  /** Boots another for a machine. The data disk is the stack's own machine's, which has to be off by then. */
  async boot(machine: string): Promise<Standin> {
    const before = this.#made.get(machine) ?? [];
    const first = machine === "gce";
    const network = this.#made.get("gce")?.[0]?.name;
    if (before.length > 0 && network !== undefined) await taken(network);
    const standin = await startStandin({
      name: `${this.name}-${machine}-${before.length + 1}`,
      userData: (publicKey) => userData({ ...described(this.system, first), user, publicKeys: [publicKey] }),
      user,
      ...(first && { disk: this.#disk }),
      ...(network !== undefined && { beside: network }),
      stock: await stock(),
    });
    this.#made.set(machine, [...before, standin]);
    this.#held.push({ [Symbol.asyncDispose]: () => remove(standin, connection(standin.target)) });
    await standin.ready(300);
    return standin;
  }

  /** Whether each stand-in that ever was a machine is on, oldest first. */
  async powered(machine: string): Promise<boolean[]> {
    const names = (this.#made.get(machine) ?? []).map(({ name }) => name);
    const { stdout } = await execa("docker", ["inspect", "--format", "{{.State.Running}}", ...names]);
    return stdout.split("\n").map((line) => line === "true");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#held.reverse()) await one[Symbol.asyncDispose]();
  }
}

/** Has somebody take the next address of a network, which was a machine's: vendors give a new one another. */
async function taken(network: string): Promise<void> {
  const place = [`--network=${network}`, "--label=berth.standin=true"];
  await execa("docker", ["run", "--detach", "--rm", ...place, filesImage, "sleep", "3600"]);
}

/** The program of a stack that owns its machines, made as those of `gce` are but by a fleet. */
export function madeProgram(fleet: Fleet, config: Record<string, unknown>): PulumiFn {
  const settings = parseSettings(config);
  const Machine = madeBy(fleet);
  const find: Kind["find"] = (wanted) =>
    Promise.resolve(findCloudHost(wanted, { Machine, size: () => capacity }));
  return async () => {
    const made = { ...settings, hostKind: { ...settings.hostKind, find } };
    return buildStack(made, await findHost(made));
  };
}

function madeBy(fleet: Fleet) {
  /** A machine that is a resource of the stack: a command stands for making and deleting it. */
  return class Made extends pulumi.ComponentResource implements Host {
    readonly kind = "gce";
    readonly capacity = capacity;
    readonly provider: docker.Provider;
    readonly address: pulumi.Output<string>;
    readonly privateAddress: pulumi.Output<string>;
    readonly publication: Publication;
    readonly access: pulumi.Output<string>;
    readonly generation: pulumi.Output<string>;
    readonly connection: pulumi.Output<Connection>;
    readonly onHost: OnHost;

    constructor(name: string, args: CloudHostArgs<Made>) {
      super("berth:test:Made", name, {});
      const { address, key, hostKey } = fleet.now(name).target;
      const machine = new command.Command(
        `${name}-vm`,
        {
          create: 'printf "%s" "$ADDRESS"',
          delete: 'docker kill "$MACHINE" >/dev/null 2>&1 || true',
          environment: { ADDRESS: address, MACHINE: fleet.now(name).name },
          triggers: [fleet.now(name).name],
        },
        { parent: this },
      );
      const opened = new OpenedMachine(
        name,
        {
          user,
          ...(key !== undefined && { key }),
          prepare: args.prepare,
          ...(args.swarm && isFirst(args) && { setup: userSetup(described(args.system, true)) }),
          address: machine.stdout,
          hostKeyScript: `echo '${hostKey}'`,
          generation: machine.id,
          dependsOn: [machine],
        },
        { parent: this },
      );
      this.provider = opened.provider;
      this.connection = opened.connection;
      this.access = opened.access;
      this.address = machine.stdout;
      this.privateAddress = machine.stdout;
      this.generation = machine.id;
      this.publication = publicationOf(webOf(args) !== "closed", args.https);
      this.onHost = { provider: this.provider, deletedWith: machine, replaceWith: [machine] };
      this.registerOutputs();
    }

    gather(): void {
      // All are on one network, which lets all in.
    }

    admit(): void {
      // The same.
    }
  };
}
