import assert from "node:assert/strict";
import { describe, onTestFinished, test } from "vitest";
import { withoutTwice } from "../../components/hosts/ec2/balancer.ts";
import { reckoned } from "../../components/hosts/reckon.ts";
import { PlainError } from "../../lib/plainError.ts";
import { judge } from "../../policy/rules.ts";
import { testCa } from "../tools/certificates.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph } from "./harness.ts";

const kinds = ["gce", "ec2"] as const;
type Cloud = (typeof kinds)[number];

const domain = { domain: "app.example.org" };
/** The mock of AWS tells of two zones, so the third machine's has to be named. */
const zones = {
  gce: {},
  ec2: { availabilityZone: "eu-central-1a", zones: ["eu-central-1a", "eu-central-1b", "eu-central-1c"] },
};

function balanced(kind: Cloud, more: Record<string, unknown> = {}, host = {}): Promise<Graph> {
  const all = { machines: 3, loadBalancer: true, ...zones[kind], ...host };
  return stackOn(kind, "loc8", { ...domain, ...more, host: all });
}

// One program at a time.
const three = { gce: await balanced("gce"), ec2: await balanced("ec2") };
const without = {
  gce: await balanced("gce", {}, { loadBalancer: false }),
  ec2: await balanced("ec2", {}, { loadBalancer: false }),
};
/** Each vendor's, the first zone's first. */
const entrances = {
  gce: ["198.51.100.10"],
  ec2: ["198.51.100.21", "198.51.100.211", "198.51.100.212"],
};

/** Inputs of all of a type, by the end of their names. */
function inputsOf(graph: Graph, type: string): Record<string, Record<string, unknown>> {
  return Object.fromEntries(graph.ofType(type).map(({ name, inputs }) => [name, inputs]));
}

function records(graph: Graph): unknown[] {
  const made = [...graph.ofType("gcp:dns/recordSet:RecordSet"), ...graph.ofType("aws:route53/record:Record")];
  return made.map(({ inputs }) => inputs.rrdatas ?? inputs.records);
}

function lines({ resources }: Graph): string[] {
  return resources.map(({ type, name, inputs, options }) => JSON.stringify([type, name, inputs, options]));
}

for (const kind of kinds)
  describe(`LOC8 on three machines of ${kind} with a load balancer before them`, () => {
    const graph = three[kind];

    test("names, the URL and what is left to a domain's owner lead to it, and to no machine", async () => {
      assert.deepEqual(records(graph), [entrances[kind]]);
      assert.equal(graph.outputs.address, entrances[kind][0]);
      const bare = await balanced(kind, { domain: "" }, { dns: undefined });
      const { urls } = bare.outputs as { urls: Record<string, string> };
      for (const url of Object.values(urls))
        assert.ok(url.startsWith(`http://${entrances[kind][0] ?? ""}`), url);
      const left = await balanced(
        kind,
        { domain: "", domains: ["app.example.org", "www.example.org"] },
        { dns: { zone: "example.org" } },
      );
      assert.deepEqual(
        left.outputs.records,
        entrances[kind].map((value) => ({ name: "www.example.org", type: "A", value })),
      );
    });

    test("machines, and how each is reached, are what they are without it", () => {
      const others = lines(graph).filter((line) => !line.includes("-balancer"));
      const before = lines(without[kind]).filter((line) => !/recordSet:|route53\/record:/.test(line));
      const missing = before.filter((line) => !others.includes(line));
      assert.deepEqual(missing, []);
      assert.equal(graph.outputs.access, without[kind].outputs.access);
      assert.deepEqual(graph.outputs.machines, without[kind].outputs.machines);
    });

    test("false is as if nothing was said", async () => {
      const unsaid = await balanced(kind, {}, { loadBalancer: undefined });
      assert.deepEqual(lines(without[kind]).toSorted(), lines(unsaid).toSorted());
      assert.deepEqual(unsaid.outputs, without[kind].outputs);
    });

    test("nobody is let in who wasn't", () => {
      const rules = ({ resources }: Graph) =>
        resources
          .filter(({ type }) => /firewall:|securityGroup/.test(type))
          .map(({ name }) => name)
          .toSorted();
      assert.deepEqual(rules(graph), rules(without[kind]));
    });

    test("its first address is protected as the machine's is, unless protectData is off", async () => {
      const kept = (one: Graph) =>
        [...one.ofType("gcp:compute/address:Address"), ...one.ofType("aws:ec2/eip:Eip")]
          .filter(({ options }) => options.protect === true)
          .map(({ name }) => name)
          .toSorted();
      const balancer = kind === "gce" ? "gce-balancer" : "ec2-balancer-1";
      assert.deepEqual(kept(graph), [balancer, `${kind}-vm`]);
      assert.deepEqual(kept(await balanced(kind, { protectData: false })), []);
    });

    test("the policy pack finds nothing, nothing is an orphan, and another port would be found", () => {
      const facts = graph.resources.map(({ type, name, inputs, options }) => {
        return { type, name, props: inputs, protect: options.protect === true };
      });
      assert.deepEqual(judge(facts), []);
      assert.deepEqual(graph.orphans(), []);
      const loose = facts.map((one) =>
        /forwardingRule:|listener:/.test(one.type)
          ? { ...one, props: { ...one.props, port: 22, portRange: "22-22" } }
          : one,
      );
      assert.equal(judge(loose).filter((line) => line.startsWith("public-ingress")).length, 1);
    });

    test("the price counts it, in the output and of a state", async () => {
      const region = kind === "ec2" ? { region: "us-east-1", availabilityZone: undefined } : {};
      const places = kind === "ec2" ? { zones: ["us-east-1a", "us-east-1b", "us-east-1c"] } : {};
      const priced = (loadBalancer: boolean) =>
        balanced(
          kind,
          { domain: "", registries: {} },
          { dns: undefined, ...region, ...places, loadBalancer },
        );
      const [plain, more] = [await priced(false), await priced(true)];
      const [before, after] = [plain.outputs.monthlyCost, more.outputs.monthlyCost].map(Number);
      const hour = kind === "gce" ? 0.025 : 0.0225 + 3 * 0.005;
      assert.ok(before !== undefined && after !== undefined);
      assert.ok(Math.abs(after - before - hour * 730) < 0.011, `${before} to ${after}`);
      assert.equal(reckoned(plain.resources)?.month, before);
      assert.equal(reckoned(more.resources)?.month, after);
    });
  });

/** With a certificate of the owner's. */
async function secured(kind: Cloud): Promise<Graph> {
  const ca = await testCa();
  onTestFinished(() => ca.close());
  const pair = await ca.issue(["app.example.org"]);
  return balanced(kind, {
    tls: { certificate: pair.certificate + ca.intermediate + ca.root, key: pair.key },
  });
}

describe("gce", () => {
  const graph = three.gce;
  const region = "europe-west4";

  test("a forwarding rule hands what comes to its address on 80 to a service of all machines, and with TLS one on 443", async () => {
    const rule = (port: number) => ({
      ...{ region, networkTier: "PREMIUM", loadBalancingScheme: "EXTERNAL", ipProtocol: "TCP" },
      ...{ ipAddress: "198.51.100.10", portRange: `${port}-${port}`, backendService: "gce-balancer-link" },
    });
    const type = "gcp:compute/forwardingRule:ForwardingRule";
    assert.deepEqual(inputsOf(graph, type), { "gce-balancer-http": rule(80) });
    assert.deepEqual(inputsOf(await secured("gce"), type), {
      "gce-balancer-http": rule(80),
      "gce-balancer-https": rule(443),
    });
    assert.deepEqual(inputsOf(graph, "gcp:compute/address:Address")["gce-balancer"], {
      ...{ region, networkTier: "PREMIUM", addressType: "EXTERNAL" },
    });
  });

  test("its machines are a group in each zone, asked on 80 whether they are well", async () => {
    assert.deepEqual(inputsOf(graph, "gcp:compute/regionBackendService:RegionBackendService"), {
      "gce-balancer": {
        ...{ region, loadBalancingScheme: "EXTERNAL", protocol: "TCP", connectionDrainingTimeoutSec: 60 },
        healthChecks: "gce-balancer-link",
        backends: ["a", "b", "c"].map((zone) => ({
          group: `gce-balancer-${region}-${zone}-link`,
          balancingMode: "CONNECTION",
        })),
      },
    });
    assert.deepEqual(inputsOf(graph, "gcp:compute/regionHealthCheck:RegionHealthCheck"), {
      "gce-balancer": { region, checkIntervalSec: 5, timeoutSec: 5, tcpHealthCheck: { port: 80 } },
    });
    const type = "gcp:compute/instanceGroup:InstanceGroup";
    const group = (zone: string, instances: string[]) => ({ zone: `${region}-${zone}`, instances });
    assert.deepEqual(inputsOf(graph, type), {
      "gce-balancer-europe-west4-a": group("a", ["gce-vm-link"]),
      "gce-balancer-europe-west4-b": group("b", ["machine-2-vm-link"]),
      "gce-balancer-europe-west4-c": group("c", ["machine-3-vm-link"]),
    });
    const four = await balanced("gce", {}, { machines: 4, zones: ["europe-west4-b", "europe-west4-a"] });
    assert.deepEqual(inputsOf(four, type), {
      "gce-balancer-europe-west4-a": group("a", ["gce-vm-link", "machine-3-vm-link"]),
      "gce-balancer-europe-west4-b": group("b", ["machine-2-vm-link", "machine-4-vm-link"]),
    });
  });
});

describe("ec2", () => {
  const graph = three.ec2;
  const roles = ["1", "eu-central-1b", "eu-central-1c"];

  test("a network load balancer has an address in each zone, where its machines' subnets are", () => {
    assert.deepEqual(inputsOf(graph, "aws:lb/loadBalancer:LoadBalancer"), {
      "ec2-balancer": {
        ...{ loadBalancerType: "network", internal: false, enableCrossZoneLoadBalancing: true },
        subnetMappings: roles.map((role) => ({
          subnetId: role === "1" ? "ec2-network-id" : `ec2-network-${role}-id`,
          allocationId: `ec2-balancer-${role}-id`,
        })),
        tags: { Name: "ec2-balancer" },
      },
    });
    const eips = Object.entries(inputsOf(graph, "aws:ec2/eip:Eip"));
    const others = { "berth-address": "of-a-member" };
    assert.deepEqual(
      eips.filter(([name]) => name.startsWith("ec2-balancer")).map(([, inputs]) => inputs),
      roles.map((role) => ({
        domain: "vpc",
        tags: { Name: `ec2-balancer-${role}`, ...(role !== "1" && others) },
      })),
    );
  });

  test("it hands 80, and with TLS 443, to every machine as its client sent it, as far as 80 answers there", async () => {
    const parts = (made: Graph) => ({
      listeners: inputsOf(made, "aws:lb/listener:Listener"),
      groups: inputsOf(made, "aws:lb/targetGroup:TargetGroup"),
      targets: inputsOf(made, "aws:lb/targetGroupAttachment:TargetGroupAttachment"),
    });
    const arn = (type: string, name: string) => `arn:aws:aws:lb/${type}:${name}`;
    const expected = (ports: Record<string, number>) => ({
      listeners: Object.fromEntries(
        Object.entries(ports).map(([role, port]) => [
          `ec2-balancer-${role}`,
          {
            ...{ port, protocol: "TCP", tcpIdleTimeoutSeconds: 3660 },
            loadBalancerArn: arn("loadBalancer:LoadBalancer", "ec2-balancer"),
            defaultActions: [
              { type: "forward", targetGroupArn: arn("targetGroup:TargetGroup", `ec2-balancer-${role}`) },
            ],
          },
        ]),
      ),
      groups: Object.fromEntries(
        Object.entries(ports).map(([role, port]) => [
          `ec2-balancer-${role}`,
          {
            ...{ vpcId: "ec2-network-id", port, protocol: "TCP", targetType: "instance" },
            ...{ preserveClientIp: "true", deregistrationDelay: 60 },
            healthCheck: {
              ...{ protocol: "TCP", port: "80", interval: 10, healthyThreshold: 2, unhealthyThreshold: 2 },
            },
            tags: { Name: `ec2-balancer-${role}` },
          },
        ]),
      ),
      targets: Object.fromEntries(
        Object.keys(ports).flatMap((role) =>
          ["ec2", "machine-2", "machine-3"].map((machine) => [
            `ec2-balancer-${role}-${machine}`,
            {
              targetGroupArn: arn("targetGroup:TargetGroup", `ec2-balancer-${role}`),
              targetId: `${machine}-vm-id`,
            },
          ]),
        ),
      ),
    });
    assert.deepEqual(parts(graph), expected({ http: 80 }));
    assert.deepEqual(parts(await secured("ec2")), expected({ http: 80, https: 443 }));
  });

  test("machines of one zone share its address, in the account's default network too", async () => {
    const mapped = async (host: Record<string, unknown>) => {
      const { inputs } = (await balanced("ec2", {}, host)).the("aws:lb/loadBalancer:LoadBalancer");
      const mappings = inputs.subnetMappings as { allocationId: string }[];
      return mappings.map(({ allocationId }) => allocationId);
    };
    const one = { machines: 4, zones: ["eu-central-1a"] };
    assert.deepEqual(await mapped(one), ["ec2-balancer-1-id"]);
    assert.deepEqual(await mapped({ ...one, defaultVpc: true }), ["ec2-balancer-1-id"]);
  });

  test("a region that tells of two zones has them named, or a subnet too many is refused", async () => {
    assert.throws(
      () => withoutTwice(["eu-central-1a", "eu-central-1b", "eu-central-1a"]),
      new PlainError(
        "host.zones: must name the zones where host.loadBalancer is true and two of the machines' subnets are in one, got eu-central-1a twice",
      ),
    );
    const unnamed = { availabilityZone: undefined, zones: undefined };
    const two = await balanced("ec2", {}, { ...unnamed, machines: 2 });
    assert.equal(two.ofType("aws:lb/loadBalancer:LoadBalancer").length, 1);
  });
});
