import { expect, it } from "vitest";
import { changesOf, type Inspected } from "../../../../cli/drift/container.ts";

const inputs = {
  memory: 256,
  cpus: "0.5",
  restart: "unless-stopped",
  networksAdvanced: [{ name: "shop" }],
};

/** As the last run left it, but for what is given. */
function inspected(host: object = {}, networks = ["shop"]) {
  return {
    HostConfig: {
      Memory: 256 * 1024 ** 2,
      NanoCpus: 5e8,
      RestartPolicy: { Name: "unless-stopped" },
      ...host,
    },
    NetworkSettings: { Networks: Object.fromEntries(networks.map((name) => [name, {}])) },
  } as unknown as Inspected;
}

it("a container that is as it was made has no difference", () => {
  expect(changesOf({ inputs }, inspected())).toEqual([]);
});

it("limits, restart policy and networks that somebody changed are told", () => {
  const host = { Memory: 64 * 1024 ** 2, NanoCpus: 2e9, RestartPolicy: { Name: "no" } };
  expect(changesOf({ inputs }, inspected(host, ["shop", "bridge"]))).toEqual([
    'memory must be "256 MiB", got "64 MiB"',
    'cpus must be "0.5", got "2"',
    'restart policy must be "unless-stopped", got "no"',
    "is also on network bridge",
  ]);
});

it("a container outside of every network, and one of whose limits nothing is known, have none to compare", () => {
  expect(changesOf({ inputs: { networksAdvanced: [] } }, inspected({}, ["none"]))).toEqual([]);
  expect(changesOf({ inputs: { memory: { sealed: "" } } }, inspected({}, ["bridge"]))).toEqual([]);
});

it("what the provider and old engines write otherwise is no difference", () => {
  const given = { cpus: "0.57", restart: "no" };
  const changes = (NanoCpus: number, Name: string) =>
    changesOf({ inputs: given }, inspected({ NanoCpus, RestartPolicy: { Name } }));
  expect(changes(569999999, "")).toEqual([]);
  expect(changes(0, "no")).toEqual([]);
  expect(changes(56e7, "no")).toEqual(['cpus must be "0.57", got "0.56"']);
});
