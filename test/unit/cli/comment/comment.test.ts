import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ec2Prices } from "../../../../components/hosts/ec2/prices.ts";
import { commentOf } from "../../../../cli/comment/markdown.ts";
import { costLines, planIn } from "../../../../cli/comment/steps.ts";

const recordings = join(import.meta.dirname, "recorded");
const urn = (type: string, name: string) => `urn:pulumi:prod::berth::${type}::${name}`;

function pre(op: string, type: string, name: string, more: object = {}) {
  return { resourcePreEvent: { metadata: { op, urn: urn(type, name), type, ...more } } };
}

function diagnostic(severity: string, message: string, ephemeral = false) {
  return { diagnosticEvent: { severity, message, ephemeral, color: "never" } };
}

function comment(...events: object[]): string {
  return commentOf(planIn(events.map((event) => JSON.stringify(event)).join("\n")));
}

describe("the comment of a genuine preview", () => {
  for (const file of readdirSync(recordings).filter((name) => name.endsWith(".jsonl"))) {
    it(`of ${file} is the one on record`, async () => {
      const text = readFileSync(join(recordings, file), "utf8");
      await expect(commentOf(planIn(text))).toMatchFileSnapshot(
        join(recordings, file.replace(/jsonl$/, "txt")),
      );
    });
  }
});

describe("what is at risk", () => {
  const data = [{ label: "berth.role", value: "data" }];
  const risks: [op: string, type: string, more: object, line: string][] = [
    [
      "delete",
      "docker:index/volume:Volume",
      { old: { inputs: { labels: data } } },
      "**data**: `Volume x is deleted`",
    ],
    ["replace", "gcp:compute/disk:Disk", {}, "**data**: `Disk x is replaced`"],
    ["delete", "aws:ebs/volume:Volume", {}, "**data**: `Volume x is deleted`"],
    [
      "replace",
      "gcp:sql/databaseInstance:DatabaseInstance",
      {},
      "**data**: `DatabaseInstance x is replaced`",
    ],
    [
      "delete",
      "random:index/randomPassword:RandomPassword",
      {},
      "**passwords**: `RandomPassword x is deleted`",
    ],
    ["replace", "aws:ec2/instance:Instance", {}, "**machine**: `Instance x is replaced`"],
    ["delete", "gcp:compute/address:Address", {}, "**address**: `Address x is deleted`"],
    ["delete", "gcp:compute/forwardingRule:ForwardingRule", {}, "**address**: `ForwardingRule x is deleted`"],
    ["replace", "aws:lb/loadBalancer:LoadBalancer", {}, "**address**: `LoadBalancer x is replaced`"],
    ["delete", "aws:route53/record:Record", {}, "**address**: `Record x is deleted`"],
    ["update", "gcp:compute/firewall:Firewall", {}, "**ports**: `Firewall x is changed`"],
    [
      "create",
      "aws:ec2/securityGroupRule:SecurityGroupRule",
      {},
      "**ports**: `SecurityGroupRule x is created`",
    ],
  ];
  for (const [op, type, more, line] of risks) {
    it(`names ${op} of ${type}`, () => {
      expect(comment(pre(op, type, "x", more))).toContain(`**⚠️ At risk**\n\n- ${line}\n`);
    });
  }

  it("names a container that answers at another port", () => {
    const publishing = (external: number) => ({
      inputs: { ports: [{ ip: "0.0.0.0", external, internal: 80 }] },
    });
    const given = pre("replace", "docker:index/container:Container", "nginx", {
      old: publishing(80),
      new: publishing(81),
    });
    expect(comment(given)).toContain("**ports**: `nginx moves from 0.0.0.0:80 to 0.0.0.0:81`");
  });

  for (const [op, type] of [
    ["update", "gcp:compute/disk:Disk"],
    ["delete", "docker:index/volume:Volume"],
    ["same", "gcp:compute/instance:Instance"],
    ["create-replacement", "gcp:compute/disk:Disk"],
  ] as const) {
    it(`isn't said of ${op} of ${type}`, () => {
      expect(comment(pre(op, type, "x"))).toContain(
        "No data, password, machine, address or port is at risk.",
      );
    });
  }
});

describe("somebody else's words", () => {
  it("can't become HTML, a mention, a table or a mark of the comment's own", () => {
    const text = comment(
      pre("create", "a:b/c:D", "x` | <!-- berth preview: other -->"),
      diagnostic("warning", "<img src=x> @all [a](b) <!-- | -->\n# head"),
    );
    expect(text).toContain("- &lt;img src=x&gt; @\u200ball \\[a\\](b) &lt;!-- \\| --&gt; \\# head\n");
    expect(text).toContain("| create | `x    <!-- berth preview: other -->` | `D` |  |");
    expect(text.split("\n")[0]).toBe("<!-- berth preview: prod -->");
  });

  it("never hold a value of an input", () => {
    const [old, next] = [{ inputs: { env: ["A=hunter2"] } }, { inputs: { env: ["A=hunter3"] } }];
    const text = comment(pre("update", "a:b/c:D", "x", { old, new: next, diffs: ["env[0]"] }));
    expect(text).toContain("| update | `x` | `D` | `env` |");
    expect(text).not.toContain("hunter");
  });
});

it("says the price, policies, and a failure", () => {
  const price = "host.cost: about 10.00 USD a month: machine 10.00";
  const policy = { policyName: "no-root", policyPackName: "berth", enforcementLevel: "mandatory" };
  const text = comment(
    pre("create", "a:b/c:D", "x"),
    diagnostic("info", price),
    diagnostic("info#err", "other"),
    { policyEvent: { ...policy, message: "must not be root", resourceUrn: urn("a:b/c:D", "x") } },
    diagnostic("error", "error: Unhandled exception: Error: broken\n    at main (/x.ts:1:2)"),
    diagnostic("error", "gone", true),
  );
  expect(text.split("\n").filter((line) => /^(###|-)/.test(line))).toEqual([
    "### Preview of `prod`: failed",
    "- broken",
    "- mandatory `no-root` (`x`): must not be root",
    `- ${price}`,
  ]);
  expect(costLines(diagnostic("info", price) as never)).toEqual([price]);
  expect(costLines(diagnostic("warning", price) as never)).toEqual([]);
});

describe("the monthly price", () => {
  const stackType = "pulumi:pulumi:Stack";
  const price = diagnostic("info", "host.cost: about 145.12 USD a month: machine 145.12");
  const after = (monthlyCost: unknown) => ({
    resOutputsEvent: {
      metadata: {
        ...{ op: "same", urn: urn(stackType, "berth-prod"), type: stackType },
        // As a run of another day reckoned it.
        ...{ old: { outputs: { monthlyCost: 999 } }, new: { outputs: { monthlyCost } } },
      },
    },
  });
  const there = (type: string, name: string, inputs: object, op = "same") => ({
    resourcePreEvent: { metadata: { op, urn: urn(type, name), type, old: { inputs } } },
  });
  const instance = "aws:ec2/instance:Instance";
  const inputs = { instanceType: "t3.large", rootBlockDevice: { volumeSize: 30 } };
  /** 730 h of 0.0832 and 0.005 for its address, and 80 GB of 0.08: 70.79. */
  const machine = [
    there("pulumi:providers:aws", "ec2", { region: "us-east-1" }),
    there(instance, "ec2-vm", inputs, "create-replacement"),
    there(instance, "ec2-vm", inputs, "replace"),
    there("aws:ebs/volume:Volume", "ec2-vm-data", { size: 50 }),
  ];
  const costs = (...events: object[]) =>
    comment(...events, price)
      .split("**Cost**\n\n")[1]
      ?.split("\n\n")[0]
      ?.trimEnd();
  const alone = "- host.cost: about 145.12 USD a month: machine 145.12";

  it("is said before and after by the same prices and their day, where it changes", () => {
    // The engine tells a stack's outputs more than once: as they were at first.
    expect(costs(...machine, after(999), after(145.12))).toBe(
      `- **70.79 → 145.12 USD a month for machines (+74.33), both by prices of ${ec2Prices.date}, managed services not counted**\n${alone}`,
    );
    expect(costs(...machine, after(60.1))).toContain("- **70.79 → 60.10 USD a month for machines (−10.69), ");
  });

  it("counts a load balancer before machines of a swarm, with its addresses", () => {
    const more = there(instance, "machine-2-vm", inputs);
    const balancer = there("aws:lb/loadBalancer:LoadBalancer", "ec2-balancer", { subnetMappings: [{}, {}] });
    // 66.79 a machine without a data disk, and 730 h of 0.0225 and of two addresses.
    expect(costs(...machine, more, after(161.3))).toContain(
      "- **137.58 → 161.30 USD a month for machines (+23.72), ",
    );
    expect(costs(...machine, more, balancer, after(137.58))).toContain("- **161.30 → 137.58 USD ");
  });

  it("is said once where nothing changes but the prices since the last run", () => {
    expect(costs(...machine, after(70.79))).toBe(alone);
  });

  const none = (side: string) => ({
    resourcePreEvent: {
      metadata: { op: "create", urn: urn(instance, "ec2-vm"), type: instance, [side]: null },
    },
    resOutputsEvent: {
      metadata: { op: "create", urn: urn(stackType, "berth-prod"), type: stackType, [side]: null },
    },
  });
  const [provider = {}, ...rest] = machine;
  for (const [what, events] of [
    ["wasn't there", [after(145.12)]],
    ["isn't there yet, as the engine says it", [...["old", "new"].map(none), after(145.12)]],
    [
      "isn't in the table",
      [there("pulumi:providers:aws", "ec2", { region: "eu-north-1" }), ...rest, after(145.12)],
    ],
    ["has a size that nobody tells", [provider, there(instance, "ec2-vm", {}), after(145.12)]],
    ["is no number after", [...machine, after("145.12")]],
  ] as const)
    it(`is said once where it ${what}`, () => {
      expect(costs(...events)).toBe(alone);
    });
});

it("fits into what a forge takes, and says how many changes it leaves out", () => {
  const many = Array.from({ length: 2000 }, (_, number) => pre("create", "a:b/c:D", `resource-${number}`));
  const text = comment(...many);
  expect(text.length).toBeLessThan(65_536);
  expect(text).toContain("<details><summary>2000 changes</summary>");
  const shown = text.match(/^\| create /gm)?.length ?? 0;
  expect(shown).toBeGreaterThan(1000);
  expect(text).toContain(`| | and ${2000 - shown} more, which \`berth preview\` shows | | |`);
});

it("is made of pulumi preview --json too", () => {
  const type = "gcp:compute/disk:Disk";
  const [oldState, newState] = [{ type }, { type }];
  const steps = [
    { op: "replace", urn: urn(type, "data"), oldState, newState, detailedDiff: { "size[0]": {} } },
  ];
  const text = commentOf(planIn(JSON.stringify({ steps, diagnostics: [] }, null, 2)));
  expect(text).toContain("### Preview of `prod`: 1 replaced");
  expect(text).toContain("| replace | `data` | `Disk` | `size` |");
});

for (const [what, text] of Object.entries({ nothing: "", words: "Previewing update", "a list": "[1]" })) {
  it(`refuses ${what}`, () => {
    expect(() => planIn(text)).toThrow(
      "--events: must be a file of pulumi preview --event-log or of pulumi preview --json, got something else",
    );
  });
}

describe("services of a swarm", () => {
  const labels = [
    { label: "berth.role", value: "service" },
    { label: "berth.service", value: "api" },
  ];
  const inputsFor = (replicas: number) => ({ inputs: { labels, mode: { replicated: { replicas } } } });
  const type = "docker:index/service:Service";

  it("are told with all their containers, which an update makes anew", () => {
    expect(comment(pre("update", type, "api", { old: inputsFor(2), new: inputsFor(3) }))).toContain(
      "- `api`: restarted with new containers (3 containers)",
    );
    expect(comment(pre("create", type, "api", { new: inputsFor(1) }))).toContain(
      "- `api`: created (1 container)",
    );
    expect(comment(pre("same", type, "api", { old: inputsFor(3), new: inputsFor(3) }))).not.toContain(
      "**Services**",
    );
  });
});
