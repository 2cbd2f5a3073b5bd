import { expect, it } from "vitest";
import type { Owned } from "../../../../cli/docker/owned.ts";
import { findingsOf } from "../../../../cli/drift/finding.ts";
import { containerType, networkType, volumeType, type Checkpoint } from "../../../../cli/state/checkpoint.ts";

function resource(type: string, id: string, role: string) {
  const labels = [
    { label: "berth.role", value: role },
    { label: "berth.service", value: "api" },
  ];
  return { urn: `urn:pulumi:dev::berth::${type}::my-${id}`, type, id, inputs: { labels } };
}

const checkpoint = {
  resources: [
    resource(containerType, "api", "service"),
    resource(volumeType, "rows", "data"),
    resource(volumeType, "files", "files"),
    resource(networkType, "shop", "network"),
  ],
} as unknown as Checkpoint;

const labels = (role: string) => ({ "berth.role": role, "berth.service": "api" });
const api = { Id: "api", State: "running", NetworkSettings: { Networks: {} }, Labels: labels("service") };
const held = {
  containers: [api],
  volumes: [{ Name: "rows" }, { Name: "files" }],
  networks: [{ Id: "shop" }],
};

function found(
  change: object,
  ...rest: [Parameters<typeof findingsOf>[2], Parameters<typeof findingsOf>[3]] | []
) {
  const [changed = [], strays = []] = rest;
  return findingsOf(checkpoint, { ...held, ...change } as unknown as Owned, changed, strays).map(
    ({ kind, name, found: what, remedy }) => `${kind} ${name}: ${what}; ${remedy}`,
  );
}

it("a stack that is as it was left has nothing to tell", () => {
  expect(found({})).toEqual([]);
});

it("what is gone or can't serve is told with what berth up does", () => {
  expect(found({ containers: [] })).toEqual(["container my-api: is gone; berth up makes a new one"]);
  expect(found({ containers: [{ ...api, State: "paused" }] })).toEqual([
    "container my-api: is paused; berth up makes a new one",
  ]);
  expect(found({ containers: [{ ...api, State: "exited" }] })).toEqual([
    "container my-api: has stopped; berth up makes a new one",
  ]);
  expect(found({ volumes: [] })).toEqual([
    "volume my-rows: is gone; berth up refuses and asks; berth restore brings a backup back",
    "volume my-files: is gone; berth up makes a new one",
  ]);
  expect(found({ networks: [] })).toEqual(["network my-shop: is gone; berth up makes a new one"]);
});

it("what no run made and what was changed by hand is told with what to do", () => {
  const stray = { ...api, Id: "2", Names: ["/copy"] };
  const own = { ...api, Id: "3", Names: ["/mine"], Labels: labels("run") };
  expect(found({ containers: [api, stray, own] })).toEqual([
    "stray copy: container of api with the stack's label that no run made; docker rm -f copy",
  ]);
  const networks = [{ Id: "shop" }, { Id: "other", Name: "other" }];
  expect(found({ networks })).toEqual([
    "stray other: network with the stack's label that no run made; docker network rm other",
  ]);
  const volumes = [...held.volumes, { Name: "old", Labels: labels("files") }];
  expect(found({ volumes })).toEqual([
    "stray old: volume with the stack's label that no run made; docker volume rm old",
  ]);
  expect(found({}, [{ name: "api-1", what: "is also on network x" }], [])).toEqual([
    "container api-1: is also on network x; undo it, or docker rm -f api-1 and berth up",
  ]);
  expect(found({}, [], [{ name: "db", found: "publishes 0.0.0.0:5432 past the proxy" }])).toEqual([
    "stray db: publishes 0.0.0.0:5432 past the proxy; docker rm -f db",
  ]);
});
