import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { accessCommand, type Connection } from "../../ssh/connection.ts";
import {
  publicationOf,
  type Capacity,
  type Host,
  type OnHost,
  type Publication,
} from "../../containers/host.ts";

export interface ExistingHostArgs {
  connection: Connection;
  capacity: Capacity;
  /** Name or address under which the public reaches the machine. @default the connection's */
  publicAddress?: string;
  /** Its address on the network that it shares with the stack's other machines. @default none */
  privateAddress?: string;
  /** The public is answered on its IPv6 addresses too, which takes `ip6tables` in Docker's settings. @default false */
  ipv6?: boolean;
  /** The public doesn't come in, other machines of the stack do. @default false */
  beside?: boolean;
  /** The proxy serves HTTPS too. @default false */
  https?: boolean;
  /**
   * It may leave the stack while others stay, when it may be gone for good: what runs on it isn't removed one by one, but
   * by who takes the machine out. @default false
   */
  leaves?: boolean;
}

/**
 * A server that was there before us, prepared by `berth setup`. What runs on it goes with the stack; it stays.
 *
 * @example
 * const host = new ExistingHost("existing", {
 *   connection: connection({ address: "203.0.113.7", user: "ops", hostKey: "ssh-ed25519 AAAA…" }),
 *   capacity: { cpus: 4, memory: 8192, gpus: 0 },
 * });
 */
export class ExistingHost extends pulumi.ComponentResource implements Host {
  readonly kind = "existing";
  readonly provider: docker.Provider;
  readonly address: pulumi.Output<string>;
  readonly capacity: Capacity;
  readonly publication: Publication;
  readonly privateAddress?: pulumi.Output<string>;
  readonly access: pulumi.Output<string>;
  readonly generation: pulumi.Output<string>;
  /** `destroy` has to remove what we put on a machine that stays. */
  readonly onHost: OnHost;

  constructor(name: string, args: ExistingHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:ExistingHost", name, {}, opts);
    const { url, options, target } = args.connection;
    this.provider = new docker.Provider(name, { host: url, sshOpts: [...options] }, { parent: this });
    this.address = pulumi.output(args.publicAddress ?? target.address);
    const { beside = false, ipv6 = false, https } = args;
    this.publication = { ...publicationOf(!beside, https), ...(ipv6 && !beside && { ipv6 }) };
    if (args.privateAddress !== undefined) this.privateAddress = pulumi.output(args.privateAddress);
    this.capacity = args.capacity;
    this.access = pulumi.output(accessCommand(args.connection));
    this.generation = pulumi.output(target.hostKey);
    this.onHost = { provider: this.provider, ...(args.leaves === true && { deletedWith: this.provider }) };
    this.registerOutputs();
  }
}
