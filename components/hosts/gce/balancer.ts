import {
  Address,
  ForwardingRule,
  InstanceGroup,
  RegionBackendService,
  RegionHealthCheck,
} from "@pulumi/gcp/compute/index.js";
import * as pulumi from "@pulumi/pulumi";
import { balancedPorts, type Web } from "../cloud/host.ts";

export interface GceBalancerArgs {
  region: string;
  /** The machines that it leads to: where each is, and its `selfLink`. */
  machines: readonly { zone: string; instance: pulumi.Input<string> }[];
  /** What of the proxy is open to everyone. */
  web: Web;
  /** Keep its address when everything else is destroyed. */
  protectData: boolean;
}

/**
 * An external passthrough load balancer, which hands packets to the machines as they are: a machine sees who asks, and
 * answers that one itself. A packet still names the balancer's address, which Google's guest agent makes one of the
 * machine's own ("Setup or remove IP routes in the guest for IP forwarding",
 * https://github.com/GoogleCloudPlatform/guest-agent#network), so that Docker leads it to the proxy. What asks for a
 * machine's health comes in as everybody does on 80, from 35.191.0.0/16, 209.85.152.0/22 and 209.85.204.0/22
 * (https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges), so no firewall has a rule for it.
 */
export class GceBalancer extends pulumi.ComponentResource {
  /** Known once it answers on 80. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: GceBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:gce:Balancer", name, {}, opts);
    const { region, web, protectData: protect } = args;
    const inside = { parent: this };
    const place = { region, networkTier: "PREMIUM" };
    const address = new Address(name, { ...place, addressType: "EXTERNAL" }, { ...inside, protect });
    const service = backendService(name, args, this);
    const rules = balancedPorts(web).map(
      ({ role, port }) =>
        new ForwardingRule(
          `${name}-${role}`,
          {
            ...place,
            loadBalancingScheme: "EXTERNAL",
            ipAddress: address.address,
            ipProtocol: "TCP",
            // As Google tells of it.
            portRange: `${port}-${port}`,
            backendService: service.selfLink,
          },
          // No two rules have the same port of an address.
          { ...inside, deleteBeforeReplace: true },
        ),
    );
    this.address = pulumi.all([address.address, ...rules.slice(0, 1).map(({ id }) => id)]).apply(first);
    this.registerOutputs();
  }
}

/** The machines, a group in each zone, as far as they are well. */
function backendService(
  name: string,
  { region, machines }: GceBalancerArgs,
  parent: pulumi.Resource,
): RegionBackendService {
  const inside = { parent };
  const health = new RegionHealthCheck(
    name,
    // The proxy answers nobody on 80 before it has started; whatever it answers then is the system's.
    { region, checkIntervalSec: 5, timeoutSec: 5, tcpHealthCheck: { port: 80 } },
    inside,
  );
  const zones = [...new Set(machines.map(({ zone }) => zone))].sort();
  const groups = zones.map((zone) => {
    const instances = machines.filter((one) => one.zone === zone).map(({ instance }) => instance);
    return new InstanceGroup(`${name}-${zone}`, { zone, instances }, inside);
  });
  return new RegionBackendService(
    name,
    {
      region,
      loadBalancingScheme: "EXTERNAL",
      protocol: "TCP",
      healthChecks: health.selfLink,
      // Seconds that a machine which leaves has for connections that it has.
      connectionDrainingTimeoutSec: 60,
      backends: groups.map(({ selfLink: group }) => ({ group, balancingMode: "CONNECTION" })),
    },
    inside,
  );
}

function first([address = ""]: readonly string[]): string {
  return address;
}
