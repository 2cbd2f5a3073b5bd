import type { ContainerInfo } from "dockerode";
import { expect, it } from "vitest";
import { straysIn } from "../../../../cli/drift/strays.ts";

function container(change: { labels?: object; networks?: string[]; ports?: object[] }): ContainerInfo {
  const { labels = {}, networks = ["bridge"], ports = [] } = change;
  return {
    Id: "1",
    Names: ["/other"],
    Labels: labels,
    Ports: ports,
    NetworkSettings: { Networks: Object.fromEntries(networks.map((name) => [name, {}])) },
  } as unknown as ContainerInfo;
}

const open = [
  { IP: "0.0.0.0", PrivatePort: 5432, PublicPort: 5432, Type: "tcp" },
  { IP: "::", PrivatePort: 5432, PublicPort: 5432, Type: "tcp" },
];

function found(change: Parameters<typeof container>[0], alone: boolean, udpPorts?: number[]): string[] {
  const all = straysIn({ containers: [container(change)], networks: ["shop"], alone, udpPorts });
  return all.map((one) => `${one.found}; ${one.remedy}`);
}

it("a container on the stack's network that isn't the stack's is a stray, unless it says that it belongs there", () => {
  expect(found({ networks: ["shop"] }, false)).toEqual([
    "is on the stack's network shop; docker network disconnect shop other, or label it berth.neighbour=shop",
  ]);
  expect(found({ networks: ["shop"], labels: { "berth.stack": "prod" } }, false)).toEqual([]);
  expect(found({ networks: ["shop"], labels: { "berth.neighbour": "shop" } }, true)).toEqual([]);
  expect(found({ networks: ["shop"], labels: { "berth.neighbour": "yard" } }, true)).toHaveLength(1);
  expect(found({ networks: ["bridge"] }, false)).toEqual([]);
});

it("a port that the public may reach is told where the machine is the stack's alone, and on its network", () => {
  expect(found({ ports: open }, true)).toEqual([
    "publishes 0.0.0.0:5432 past the proxy, publishes [::]:5432 past the proxy; publish it on 127.0.0.1, or label it berth.neighbour=shop",
  ]);
  expect(found({ ports: open.slice(0, 1), networks: ["shop"] }, false)).toEqual([
    "is on the stack's network shop, publishes 0.0.0.0:5432 past the proxy; docker network disconnect shop other; publish it on 127.0.0.1, or label it berth.neighbour=shop",
  ]);
  expect(found({ ports: open }, false)).toEqual([]);
  expect(found({ ports: [{ ...open[0], IP: "127.0.0.1" }] }, true)).toEqual([]);
});

it("a port that a neighbour's label or a setting allows is no way past the proxy", () => {
  const labels = { "berth.neighbour": "shop" };
  expect(found({ ports: open, networks: ["shop"], labels }, false)).toEqual([]);
  expect(found({ ports: open, labels }, true)).toEqual([]);
  const wireGuard = { IP: "0.0.0.0", PrivatePort: 51820, PublicPort: 51820, Type: "udp" };
  expect(found({ ports: [wireGuard] }, true, [51820])).toEqual([]);
  expect(found({ ports: [wireGuard] }, true)).toHaveLength(1);
  expect(found({ ports: [{ ...wireGuard, Type: "tcp" }] }, true, [51820])).toHaveLength(1);
});
