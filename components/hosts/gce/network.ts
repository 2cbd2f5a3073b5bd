import { Firewall, Network, Subnetwork } from "@pulumi/gcp/compute/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Web } from "../cloud/host.ts";
import { firewallRules, swarmAllows, swarmTag } from "./firewall.ts";

/** Addresses of the machines. */
export const cidr = "10.10.0.0/24";

/** A network of the stack's own: one subnet, and nothing open but what a {@link GceFirewall} opens. */
export class GceNetwork extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly subnetwork: pulumi.Output<string>;

  constructor(name: string, args: { region: string }, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:gce:Network", name, {}, opts);
    const inside = { parent: this };
    const network = new Network(name, { autoCreateSubnetworks: false, routingMode: "REGIONAL" }, inside);
    const subnetwork = new Subnetwork(
      name,
      {
        region: args.region,
        network: network.id,
        ipCidrRange: cidr,
        privateIpGoogleAccess: true,
        logConfig: {
          aggregationInterval: "INTERVAL_5_SEC",
          flowSampling: 0.5,
          metadata: "INCLUDE_ALL_METADATA",
        },
      },
      inside,
    );
    this.id = network.id;
    this.subnetwork = subnetwork.id;
    this.registerOutputs();
  }
}

export interface GceFirewallArgs {
  network: pulumi.Input<string>;
  /** E-mail of the service account whose machines the rules are about. */
  target: pulumi.Input<string>;
  /** What of the proxy is open to the public. */
  web: Web;
  /** CIDR blocks from which port 22 is open, beside IAP's. */
  allowFrom: readonly string[];
}

/** Everything that may reach one machine from outside. */
export class GceFirewall extends pulumi.ComponentResource {
  constructor(name: string, args: GceFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:gce:Firewall", name, {}, opts);
    const all = {
      network: args.network,
      direction: "INGRESS",
      targetServiceAccounts: [args.target],
      logConfig: { metadata: "INCLUDE_ALL_METADATA" },
    };
    for (const { role, description, sources, ports } of firewallRules(args)) {
      const allows = [{ protocol: "tcp", ports: [...ports] }];
      new Firewall(
        `${name}-${role}`,
        { ...all, description, sourceRanges: [...sources], allows },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}

export interface GceNeighbourRuleArgs {
  network: pulumi.Input<string>;
  /** E-mail of the service account whose machine lets in. */
  target: pulumi.Input<string>;
  /** E-mail of the service account whose machine comes in. */
  source: pulumi.Input<string>;
  ports: readonly number[];
}

/** Machines of the stack's swarm reach each other, and nobody else does, on what a swarm says to itself. */
export function gceSwarmRule(
  name: string,
  { network }: { network: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): Firewall {
  return new Firewall(
    name,
    {
      network,
      direction: "INGRESS",
      description: "Machines of the stack's swarm, among themselves",
      targetTags: [swarmTag],
      sourceTags: [swarmTag],
      allows: swarmAllows,
      logConfig: { metadata: "INCLUDE_ALL_METADATA" },
    },
    opts,
  );
}

/** One machine of the stack may reach another, by who they are and on these TCP ports alone. */
export function gceNeighbourRule(
  name: string,
  args: GceNeighbourRuleArgs,
  opts: pulumi.CustomResourceOptions,
): Firewall {
  return new Firewall(
    name,
    {
      network: args.network,
      direction: "INGRESS",
      description: "Another machine of the stack",
      targetServiceAccounts: [args.target],
      sourceServiceAccounts: [args.source],
      allows: [{ protocol: "tcp", ports: args.ports.map(String) }],
      logConfig: { metadata: "INCLUDE_ALL_METADATA" },
    },
    opts,
  );
}
