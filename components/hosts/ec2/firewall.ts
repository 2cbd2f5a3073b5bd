import type { Web } from "../cloud/host.ts";

/** One ingress rule of a security group, as plain data; a rule has one source. */
export interface IngressRule {
  /** Names the rule by meaning. */
  role: string;
  description: string;
  port: number;
  cidrIpv4?: string;
  cidrIpv6?: string;
}

/** What may reach the machine from outside its network; an endpoint's rule comes on top. */
export function ingressRules(args: { web: Web; allowFrom: readonly string[] }): IngressRule[] {
  return [
    ...(args.web === "closed" ? [] : [open("http", 80)]),
    ...(args.web === "https" ? [open("https", 443)] : []),
    ...args.allowFrom.map((block) => ({
      role: `ssh-${block}`,
      description: "ssh from named addresses",
      port: 22,
      ...(block.includes(":") ? { cidrIpv6: block } : { cidrIpv4: block }),
    })),
  ];
}

/** What machines of one swarm say to each other, as a security group has it; 50 is ESP, what is encrypted. */
export const swarmRules = [
  { role: "manage", ipProtocol: "tcp", port: 2377 },
  { role: "gossip", ipProtocol: "tcp", port: 7946 },
  { role: "gossip-udp", ipProtocol: "udp", port: 7946 },
  { role: "overlay", ipProtocol: "udp", port: 4789 },
  { role: "encrypted", ipProtocol: "50" },
];

function open(role: string, port: number): IngressRule {
  return { role, description: "The proxy, from anywhere", port, cidrIpv4: "0.0.0.0/0" };
}
