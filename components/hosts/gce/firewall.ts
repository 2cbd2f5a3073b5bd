import type { Web } from "../cloud/host.ts";

/** One ingress rule of a VPC, as plain data. */
export interface FirewallRule {
  /** Names the rule by meaning. */
  role: string;
  description: string;
  sources: readonly string[];
  ports: readonly string[];
}

/**
 * From where IAP's TCP forwarding reaches a machine
 * (https://cloud.google.com/iap/docs/using-tcp-forwarding#create-firewall-rule).
 */
export const iapRange = "35.235.240.0/20";

/** What may reach the machine from outside its network; all else is closed, as a VPC is without rules. */
export function firewallRules(args: { web: Web; allowFrom: readonly string[] }): FirewallRule[] {
  const four = args.allowFrom.filter((block) => !block.includes(":"));
  const six = args.allowFrom.filter((block) => block.includes(":"));
  return [
    ...(args.web === "closed"
      ? []
      : [
          {
            role: "web",
            description: "The proxy, from anywhere",
            sources: ["0.0.0.0/0"],
            ports: args.web === "https" ? ["80", "443"] : ["80"],
          },
        ]),
    {
      role: "iap",
      description: "ssh through Identity-Aware Proxy alone",
      sources: [iapRange],
      ports: ["22"],
    },
    // A rule holds addresses of one family only.
    ...(four.length > 0 ? [{ ...direct, role: "ssh", sources: four }] : []),
    ...(six.length > 0 ? [{ ...direct, role: "ssh6", sources: six }] : []),
  ];
}

/** What machines of one swarm say to each other, as a firewall of Google's has it; `esp` is what is encrypted. */
export const swarmAllows = [
  { protocol: "tcp", ports: ["2377", "7946"] },
  { protocol: "udp", ports: ["7946", "4789"] },
  { protocol: "esp" },
];

/**
 * The network tag of a swarm's machines, on the stack's own network: a rule takes ten service accounts
 * (https://cloud.google.com/firewall/quotas).
 */
export const swarmTag = "berth-swarm";

const direct = { description: "ssh from named addresses", ports: ["22"] };
