import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { formerlyIn, type Belonging } from "./former.ts";
import { fingerprint } from "./hash.ts";
import { deletesFirst } from "../hosts/deletesFirst.ts";
import { labels } from "./labels.ts";
import type { Scope } from "./scope.ts";

export interface NetworkArgs {
  scope: Scope;
  /** Name in the Docker Engine, where other projects' containers may join it. @default its name in the program */
  networkName?: string;
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

  constructor(name: string, args: NetworkArgs, belonging: Belonging = {}) {
    const spec = {
      name: args.networkName ?? args.scope.networkName ?? name,
      driver: "bridge",
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
      },
    );
    this.networkName = network.name;
  }
}
