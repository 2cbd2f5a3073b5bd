import assert from "node:assert/strict";
import { test } from "vitest";
import { hostKinds, type HostKind } from "../../components/hosts/registry.ts";
import { judge } from "../../policy/rules.ts";
import { systemNames } from "../../systems/index.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph, Registered } from "./harness.ts";

/** Stacks differ by data: what a developer and what production set. */
const stacks: Record<string, Record<string, unknown>> = {
  dev: { protectData: true },
  prod: { domain: "app.example.org", protectData: true },
};

const vms: Partial<Record<HostKind, string>> = {
  gce: "gcp:compute/instance:Instance",
  ec2: "aws:ec2/instance:Instance",
};

/** What the pack would say of a graph. */
function judged({ resources }: Graph): string[] {
  const facts = resources.map(({ type, name, inputs, options }) => {
    return { type, name, props: inputs, protect: options.protect === true };
  });
  return judge(facts);
}

function onEngine({ resources }: Graph): Registered[] {
  return resources.filter(({ type }) => type.startsWith("docker:"));
}

/** A volume on the disk that a new machine takes over; it is protected, and so can't be replaced. */
function isData({ type, inputs }: Registered): boolean {
  const labels = (inputs.labels as { label: string; value: string }[] | undefined) ?? [];
  return (
    type.endsWith(":Volume") && labels.some(({ label, value }) => label === "berth.role" && value === "data")
  );
}

for (const system of systemNames) {
  for (const kind of hostKinds.map((each) => each.name)) {
    for (const [stack, config] of Object.entries(stacks)) {
      const name = `${system} on ${kind}, ${stack}`;
      const graph = await stackOn(kind, system, config);

      test(`${name}: the policy pack finds nothing`, () => {
        assert.deepEqual(judged(graph), []);
      });

      test(`${name}: every resource belongs to a component`, () => {
        assert.deepEqual(graph.orphans(), []);
      });

      test(`${name}: all that a machine holds comes and goes with it`, () => {
        const provider = graph.the("pulumi:providers:docker");
        const vm = vms[kind] === undefined ? undefined : graph.the(vms[kind]);
        assert.ok(onEngine(graph).length > 10);
        for (const resource of onEngine(graph)) {
          const { name: resourceName, type, options } = resource;
          assert.equal(options.provider, `${provider.urn}::${provider.name}-id`, `${type} ${resourceName}`);
          assert.equal(options.deletedWith, vm?.urn, `${type} ${resourceName}`);
          const replaced = vm === undefined || isData(resource) ? [] : [vm.urn];
          assert.deepEqual(options.replaceWith, replaced, `${type} ${resourceName}`);
          // In a preview, which these graphs are of.
          if (vm !== undefined) assert.notEqual(options.deleteBeforeReplace, true, `${type} ${resourceName}`);
        }
      });

      test(`${name}: the proxy alone is published, on 80 where the public comes in`, () => {
        const published = graph
          .ofType("docker:index/container:Container")
          .flatMap(({ inputs }) => (inputs.ports as { ip: string; external: number }[] | undefined) ?? []);
        const wanted =
          kind === "local" ? { ip: "127.0.0.1", external: 8080 } : { ip: "0.0.0.0", external: 80 };
        assert.deepEqual(
          published.map(({ ip, external }) => ({ ip, external })),
          [wanted],
        );
      });

      test(`${name}: no generated secret is in a plain input`, () => {
        const leaks = graph.resources.filter(({ inputs, secrets }) => {
          return JSON.stringify(inputs).includes("S3cr3tS3cr3t") && secrets.length === 0;
        });
        assert.deepEqual(
          leaks.map(({ type, name: resourceName }) => `${type} ${resourceName}`),
          [],
        );
      });
    }
  }
}
