import * as command from "@pulumi/command/local/index.js";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { accessCommand, connection, type Connection, type SshTarget } from "../../ssh/connection.ts";
import { gate, type Prepare } from "../../machine/gate.ts";
import { setupAgain } from "../../machine/setupAgain.ts";

export interface OpenedMachineArgs {
  /** What the tunnel calls the machine, or its address. */
  address: pulumi.Input<string>;
  user: string;
  key?: string;
  proxyCommand?: string;
  /** What the vendor calls the machine. @default the address */
  instance?: pulumi.Input<string>;
  /** Shell script that prints the machine's public host key, told by its vendor; `$INSTANCE` is the machine. */
  hostKeyScript: string;
  /** Changes when the machine is replaced. */
  generation: pulumi.Input<string>;
  /** Changes when the machine is stopped and started, so that it is waited for. @default never */
  started?: string;
  /** What has to be there before anyone can get in. */
  dependsOn: pulumi.Resource[];
  /** What a machine that may be older than its swarm is prepared with. @default it was made for all it does */
  setup?: pulumi.Input<string>;
  /** Done before the first container. @default nothing */
  prepare?: Prepare;
}

/** The way into a machine that was just made: its host key from its vendor, then everything over that one connection. */
export class OpenedMachine extends pulumi.ComponentResource {
  readonly provider: docker.Provider;
  /** Known once the machine is ready. */
  readonly connection: pulumi.Output<Connection>;
  /** The command that takes a person there. */
  readonly access: pulumi.Output<string>;

  constructor(name: string, args: OpenedMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:OpenedMachine", name, {}, opts);
    const { user, key, proxyCommand, dependsOn } = args;
    const shown = new command.Command(
      `${name}-host-key`,
      {
        create: args.hostKeyScript,
        environment: { INSTANCE: args.instance ?? args.address },
        triggers: [args.generation],
      },
      { parent: this, dependsOn },
    );
    const opened = pulumi.all([args.address, shown.stdout]).apply(([address, stdout]) => {
      const target: SshTarget = { address, user, port: 22, key, proxyCommand, hostKey: stdout.trim() };
      return connection(target);
    });
    const { started, prepare } = args;
    const generation =
      started === undefined ? args.generation : pulumi.interpolate`${args.generation} ${started}`;
    const passed = gate(`${name}-gate`, { connection: opened, generation, prepare }, this);
    const ready = (this.connection = prepared(name, passed, { ...args, parent: this }));
    this.provider = new docker.Provider(
      name,
      { host: ready.url, sshOpts: ready.options.apply((options) => [...options]) },
      { parent: this },
    );
    this.access = opened.apply(accessCommand);
    this.registerOutputs();
  }
}

/** Docker starts anew there, so it comes before all that is asked of Docker. */
function prepared(
  name: string,
  connection: pulumi.Output<Connection>,
  {
    setup,
    generation,
    parent,
  }: Pick<OpenedMachineArgs, "setup" | "generation"> & { parent: pulumi.Resource },
): pulumi.Output<Connection> {
  if (setup === undefined) return connection;
  const done = setupAgain(`${name}-setup`, { connection, setup, generation }, parent);
  return pulumi.all([connection, done.urn]).apply(([known]) => known as Connection);
}
