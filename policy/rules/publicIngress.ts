import { container, list, object, shown, swarmService, texts, type Props, type Rule } from "../facts.ts";

/** All that a stack may answer to everybody. */
const open = [80, 443];

/** No public ingress but the proxy's. */
export const publicIngress: Rule = {
  name: "public-ingress",
  description:
    "Nothing but ports 80 and 443 is open to the public, in a cloud's firewall, at its load balancer or on the machine.",
  fix: "Name the addresses that need the port, reach it through a tunnel, or publish it on 127.0.0.1.",
  violations: ({ type, props }) => check[type]?.(props) ?? [],
};

const check: Record<string, (props: Props) => string[]> = {
  "gcp:compute/firewall:Firewall": googleFirewall,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (props) =>
    isWorld([props.cidrIpv4, props.cidrIpv6]) ? ports("", amazonPorts(props)) : [],
  "aws:ec2/securityGroupRule:SecurityGroupRule": (props) =>
    props.type === "ingress" && isWorld([...list(props.cidrBlocks), ...list(props.ipv6CidrBlocks)])
      ? ports("", amazonPorts(props))
      : [],
  // Of a load balancer: Google's rule says whether it is a network's alone, Amazon's listener doesn't.
  "gcp:compute/forwardingRule:ForwardingRule": googleForwarding,
  "aws:lb/listener:Listener": ({ port }) => ports("", [typeof port === "number" ? String(port) : undefined]),
  "aws:ec2/securityGroup:SecurityGroup": inline,
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": inline,
  [container]: (props) => list(props.ports).flatMap((port, index) => published(object(port), index)),
  // On every address of every machine of the swarm, or of each that runs it.
  [swarmService]: ({ endpointSpec }) =>
    list(object(endpointSpec).ports).flatMap((port, index) => {
      const { publishedPort } = object(port);
      const all = typeof publishedPort === "number" ? String(publishedPort) : undefined;
      return ports(`endpointSpec.ports.${index}.`, [all]);
    }),
};

function googleFirewall(props: Props): string[] {
  if (props.direction === "EGRESS" || props.disabled === true) return [];
  // Without any source a rule is for everybody.
  const sources = [
    ...list(props.sourceRanges),
    ...list(props.sourceTags),
    ...list(props.sourceServiceAccounts),
  ];
  if (sources.length > 0 && !isWorld(list(props.sourceRanges))) return [];
  return list(props.allows).flatMap((allow, index) => {
    const { protocol, ports: some } = object(allow);
    const path = `allows.${index}.`;
    if (protocol === "icmp") return [];
    const named = texts(some);
    return protocol === "tcp" && named.length > 0 ? ports(path, named) : ports(path, [undefined]);
  });
}

/** A range of one port is that port. */
function googleForwarding({ loadBalancingScheme = "EXTERNAL", portRange, ports: some }: Props): string[] {
  if (!String(loadBalancingScheme).startsWith("EXTERNAL")) return [];
  const named = texts([...list(some), portRange]).map((port) => port.replace(/^(\d+)-\1$/, "$1"));
  return ports("", named.length > 0 ? named : [undefined]);
}

function amazonPorts({ ipProtocol, protocol, fromPort, toPort }: Props): unknown[] {
  const tcp =
    (ipProtocol ?? protocol) === "tcp" && typeof fromPort === "number" && typeof toPort === "number";
  if (!tcp) return [undefined];
  return fromPort === toPort ? [String(fromPort)] : [`${fromPort}-${toPort}`];
}

function inline(props: Props): string[] {
  return list(props.ingress).flatMap((entry, index) => {
    const rule = object(entry);
    const world = isWorld([...list(rule.cidrBlocks), ...list(rule.ipv6CidrBlocks)]);
    return world ? ports(`ingress.${index}.`, amazonPorts(rule)) : [];
  });
}

function published({ ip, external }: Props, index: number): string[] {
  const world = ip === undefined || ip === "" || ip === "0.0.0.0" || ip === "::";
  const port = typeof external === "number" ? String(external) : undefined;
  return world ? ports(`ports.${index}.`, [port]) : [];
}

function isWorld(sources: readonly unknown[]): boolean {
  // Half of the world is the world, twice.
  return texts(sources).some((source) => /^(?:0\.0\.0\.0|128\.0\.0\.0|::|8000::)\/[0-8]$/.test(source));
}

/** Each is `22`, `8000-8080`, or undefined for all. */
function ports(path: string, found: readonly unknown[]): string[] {
  return found
    .filter((port) => !open.some((allowed) => port === String(allowed)))
    .map(
      (port) => `${path}ports: must be 80 or 443 where everybody may come in, got ${shown(port ?? "all")}`,
    );
}
