import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { formerlyIn, type Belonging } from "./former.ts";
import { fingerprint } from "./hash.ts";
import { known } from "./known.ts";
import { deletesFirst } from "./deletesFirst.ts";
import { labels } from "./labels.ts";
import { onManagers } from "./onManagers.ts";
import type { Attachment } from "./containerSpec.ts";
import type { Scope } from "./scope.ts";
import type { Swarm } from "./swarm.ts";

export interface NetworkArgs {
  scope: Scope;
  /** Name in the Docker Engine, where other projects' containers may join it. @default its name in the program */
  networkName?: string;
  /** Containers have IPv6 addresses too, which nobody outside the machine reaches but by published ports. @default false */
  ipv6?: boolean;
}

/**
 * A private network with DNS by service name, on which nothing is published but to loopback by mistake: a bridge, or
 * where the machines are a swarm an overlay.
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
  /** How a container joins it. */
  readonly attachment: Attachment;
  /** The same, known from the beginning. */
  readonly plainName: string;

  constructor(name: string, args: NetworkArgs, belonging: Belonging = {}) {
    const { swarm } = args.scope;
    this.plainName = args.networkName ?? args.scope.networkName ?? name;
    const spec = {
      name: this.plainName,
      ...(swarm === undefined ? bridge : overlay(`${args.scope.stack}-${name}`, swarm)),
      ...(args.ipv6 === true && { ipv6: true, ipamConfigs: [{ subnet: localSubnet(this.plainName) }] }),
    };
    const network = new docker.Network(
      name,
      { ...spec, labels: labels(args.scope, name, "network", fingerprint(spec)) },
      {
        ...formerlyIn("berth:components:Network", name, belonging),
        ...onManagers(args.scope),
        deleteBeforeReplace: deletesFirst(args.scope.host),
        ...(swarm && { dependsOn: swarm.joined }),
        // IPv4's addresses, which Docker adds, a refresh would take for a change.
        ...(args.ipv6 === true && { ignoreChanges: ["ipamConfigs"] }),
      },
    );
    const tidies = swarm?.tidy?.(network, { parent: belonging.parent }) ?? [];
    this.networkName = network.name;
    this.attachment = { network: network.name, ...(swarm && { id: known(network.id, ...tidies) }) };
  }
}

const bridge = {
  driver: "bridge",
  // A port published without an address is bound to loopback (Docker bypasses ufw otherwise); the proxy names its own.
  options: { "com.docker.network.bridge.host_binding_ipv4": "127.0.0.1" },
};

/**
 * Containers that no service of the swarm has, such as a database's, may join it too. Its number is said, since managers
 * add the one that they choose to the options, which then aren't as they were written (libnetwork drivers/overlay/ovmanager).
 */
function overlay(name: string, { encrypted, mtu }: Swarm) {
  const options = {
    ...(encrypted && { encrypted: "" }),
    // From which Docker takes what VXLAN and ESP add (libnetwork drivers/overlay, maxMTU).
    ...(mtu !== undefined && { "com.docker.network.driver.mtu": String(mtu) }),
  };
  const number = vxlanNumber(JSON.stringify({ name, options }));
  return {
    driver: "overlay",
    attachable: true,
    options: { ...options, "com.docker.network.driver.overlay.vxlanid_list": String(number) },
  };
}

/** One of 24 bits that no other network of a swarm is likely to have, beyond those that managers choose, from 4096 up. */
function vxlanNumber(text: string): number {
  return 0x100000 + (Number.parseInt(fingerprint(text).slice(0, 7), 16) % 0xe00000);
}

/** A network of its own for a name, from the addresses that nobody routes (https://www.rfc-editor.org/rfc/rfc4193). */
function localSubnet(name: string): string {
  const digits = fingerprint(name).padEnd(14, "0").slice(0, 14);
  return `fd${digits.slice(0, 2)}:${digits.slice(2, 6)}:${digits.slice(6, 10)}:${digits.slice(10, 14)}::/64`;
}
