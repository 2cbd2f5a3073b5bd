import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { formerlyIn, type Belonging } from "./former.ts";
import { fingerprint } from "./hash.ts";
import { deletesFirst } from "./deletesFirst.ts";
import { labels } from "./labels.ts";
import type { Scope } from "./scope.ts";

export interface NetworkArgs {
  scope: Scope;
  /** Name in the Docker Engine, where other projects' containers may join it. @default its name in the program */
  networkName?: string;
  /** Containers have IPv6 addresses too, which nobody outside the machine reaches but by published ports. @default false */
  ipv6?: boolean;
}

/**
 * A private bridge network with DNS by service name, on which nothing is published but to loopback by mistake.
 *
 * @example
 * const host = new LocalHost("local", { engine: await engineFacts() });
 * const image = pulledImages(host);
 * const filesImage = image("nginx:1.30");
 * const stack = pulumi.getStack();
 * const scope = { system: "shop", stack, host, image, filesImage, protectData: true };
 * const network = new Network("shop_network", { scope });
 */
export class Network {
  readonly networkName: pulumi.Output<string>;
  /** The same, known from the beginning. */
  readonly plainName: string;

  constructor(name: string, args: NetworkArgs, belonging: Belonging = {}) {
    this.plainName = args.networkName ?? args.scope.networkName ?? name;
    const spec = {
      name: this.plainName,
      driver: "bridge",
      ...(args.ipv6 === true && { ipv6: true, ipamConfigs: [{ subnet: localSubnet(this.plainName) }] }),
      // A port published without an address is bound to loopback (Docker bypasses ufw otherwise); the proxy names its own.
      options: { "com.docker.network.bridge.host_binding_ipv4": "127.0.0.1" },
    };
    const network = new docker.Network(
      name,
      { ...spec, labels: labels(args.scope, name, "network", fingerprint(spec)) },
      {
        ...formerlyIn("berth:components:Network", name, belonging),
        ...args.scope.host.onHost,
        deleteBeforeReplace: deletesFirst(args.scope.host),
        // Docker adds IPv4's, which a refresh would take for a change.
        ...(args.ipv6 === true && { ignoreChanges: ["ipamConfigs"] }),
      },
    );
    this.networkName = network.name;
  }
}

/** A network of its own for a name, from the addresses that nobody routes (https://www.rfc-editor.org/rfc/rfc4193). */
function localSubnet(name: string): string {
  const digits = fingerprint(name).padEnd(14, "0").slice(0, 14);
  return `fd${digits.slice(0, 2)}:${digits.slice(2, 6)}:${digits.slice(6, 10)}:${digits.slice(10, 14)}::/64`;
}
