import assert from "node:assert/strict";
import { test } from "vitest";
import { testCa } from "../tools/certificates.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph } from "./harness.ts";

const container = "docker:index/container:Container";
const network = "docker:index/network:Network";

function networksOf(graph: Graph, name: string): unknown[] {
  const { networksAdvanced } = graph.the(container, name).inputs as { networksAdvanced: { name: string }[] };
  return networksAdvanced.map((one) => one.name);
}

test("a server with IPv6 publishes the proxy there, by a network that nothing else is on", async () => {
  const graph = await stackOn("existing", "loc8", { host: { ipv6: true } });
  const outside = graph.the(network, "loc8-network-ipv6");
  const [config] = outside.inputs.ipamConfigs as { subnet: string }[];
  assert.match(config?.subnet ?? "", /^fd[0-9a-f]{2}(?::[0-9a-f]{4}){3}::\/64$/);
  assert.deepEqual([outside.inputs.ipv6, outside.options.ignoreChanges], [true, ["ipamConfigs"]]);
  assert.deepEqual(graph.the(container, "nginx").inputs.ports, [
    { ip: "0.0.0.0", external: 80, internal: 80 },
    { ip: "::", external: 80, internal: 10080 },
  ]);
  const joined = graph
    .ofType(container)
    .filter(({ inputs }) => inputs.networksAdvanced !== undefined)
    .filter(({ name }) => networksOf(graph, name).length > 1)
    .map(({ name }) => name);
  assert.deepEqual(joined, ["nginx"]);
  assert.equal(graph.the(network, "loc8-network").inputs.ipv6, undefined);
});

test("a server without has one network and one published address", async () => {
  const graph = await stackOn("existing", "loc8");
  assert.deepEqual(
    graph.ofType(network).map(({ name }) => name),
    ["loc8-network"],
  );
  assert.deepEqual(graph.the(container, "nginx").inputs.ports, [
    { ip: "0.0.0.0", external: 80, internal: 80 },
  ]);
});

test("HTTPS is published there too, and only where there is TLS", async () => {
  const ca = await testCa();
  const { certificate, key } = await ca.issue(["example.org"]);
  const own = { certificate: certificate + ca.intermediate + ca.root, key };
  await ca.close();
  for (const tls of [own, true]) {
    const graph = await stackOn("existing", "loc8", { host: { ipv6: true }, domains: ["example.org"], tls });
    assert.deepEqual(graph.the(container, "nginx").inputs.ports, [
      { ip: "0.0.0.0", external: 80, internal: 80 },
      { ip: "0.0.0.0", external: 443, internal: 443 },
      { ip: "::", external: 80, internal: 10080 },
      { ip: "::", external: 443, internal: 10443 },
    ]);
    const { uploads } = graph.the(container, "nginx-release-files").inputs as {
      uploads: { content: string }[];
    };
    const listens = uploads[0]?.content.match(/^ *listen \[::\].*$/gm)?.map((line) => line.trim()) ?? [];
    assert.deepEqual([...new Set(listens)].sort(), [
      "listen [::]:10080 default_server;",
      "listen [::]:10080;",
      "listen [::]:10443 ssl default_server;",
      "listen [::]:10443 ssl;",
    ]);
  }
});
