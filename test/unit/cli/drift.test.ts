import { expect, it } from "vitest";
import type { Owned } from "../../../cli/docker/owned.ts";
import { containerType, serviceType, volumeType, type Checkpoint } from "../../../cli/state/checkpoint.ts";
import { findDrift } from "../../../cli/state/drift.ts";

const checkpoint = {
  resources: [
    {
      urn: "urn:pulumi:dev::berth::docker:index/container:Container::api-1",
      type: containerType,
      id: "one",
      inputs: {
        networksAdvanced: [{ name: "shop" }],
        labels: [
          { label: "berth.role", value: "service" },
          { label: "berth.service", value: "api" },
        ],
      },
    },
  ],
} as unknown as Checkpoint;

function noted(containers: { Id: string; State: string; networks?: string[] }[]): string[] {
  const listed = containers.map(({ networks = ["shop"], ...rest }) => ({
    ...rest,
    NetworkSettings: { Networks: Object.fromEntries(networks.map((name) => [name, {}])) },
  }));
  const owned = { containers: listed, networks: [], volumes: [] } as unknown as Owned;
  const { notes, replace } = findDrift(checkpoint, owned);
  expect(replace.length).toBe(notes.length);
  return notes;
}

it("a container that can't serve is made anew, and why is told", () => {
  expect(noted([{ Id: "one", State: "running" }])).toEqual([]);
  expect(noted([])).toEqual(["api-1: is gone, makes a new one"]);
  expect(noted([{ Id: "one", State: "exited" }])).toEqual(["api-1: has stopped, makes a new one"]);
  expect(noted([{ Id: "one", State: "paused" }])).toEqual(["api-1: is paused, makes a new one"]);
  expect(noted([{ Id: "one", State: "running", networks: ["bridge"] }])).toEqual([
    "api-1: is cut off network shop, makes a new one",
  ]);
});

it("what somebody changed by hand is made anew too, once, and why is told", () => {
  const [resource] = checkpoint.resources;
  if (resource === undefined) throw new Error("there is a container");
  const containers = [{ Id: "one", State: "running", NetworkSettings: { Networks: { shop: {} } } }];
  const owned = { containers, networks: [], volumes: [] } as unknown as Owned;
  const changed = ['memory must be "256 MiB", got "64 MiB"', "is also on network other"];
  const { notes, replace, refresh } = findDrift(
    checkpoint,
    owned,
    changed.map((what) => ({ resource, what })),
  );
  expect({ notes, replace, refresh }).toEqual({
    notes: changed.map((what) => `api-1: ${what}, makes a new one`),
    replace: [resource.urn],
    refresh: false,
  });
});

it("a service of a swarm is looked at before it is set back, and isn't made anew beside itself", () => {
  const resource = {
    urn: `urn:pulumi:dev::berth::${serviceType}::web`,
    type: serviceType,
    id: "s",
    inputs: {},
  };
  const owned = {
    containers: [{ Id: "one", State: "running", NetworkSettings: { Networks: { shop: {} } } }],
    networks: [],
    volumes: [],
  } as unknown as Owned;
  const changed = ["is gone", "variable X was added"].map((what) => ({ resource, what }));
  const { notes, replace, refresh } = findDrift(checkpoint, owned, changed);
  expect({ notes, replace, refresh }).toEqual({
    notes: ["web: is gone, makes a new one", "web: variable X was added, sets it back"],
    replace: [],
    refresh: true,
  });
  expect(findDrift(checkpoint, owned).refresh).toBe(false);
});

it("a volume of one name on two machines is lost where one of them has none, and comes anew with what fills it", () => {
  const urn = (type: string, name: string) => `urn:pulumi:dev::berth::${type}::${name}`;
  const resources = ["probe", "two-probe"].flatMap((name) => [
    { urn: urn(volumeType, name), type: volumeType, id: "probe-1", inputs: {} },
    {
      ...{ urn: urn(containerType, name), type: containerType, id: name },
      inputs: {
        mounts: [{ source: "probe-1", target: "/bin" }],
        labels: [{ label: "berth.role", value: "files" }],
      },
    },
  ]);
  const found = (volumes: string[]) => {
    const containers = ["probe", "two-probe"].map((Id) => ({ Id, State: "created" }));
    const held = { containers, networks: [], volumes: volumes.map((Name) => ({ Name })) };
    const { replace, refresh } = findDrift({ resources } as unknown as Checkpoint, held as unknown as Owned);
    return { replace, refresh };
  };
  expect(found(["probe-1", "probe-1"])).toEqual({ replace: [], refresh: false });
  const carriers = ["probe", "two-probe"].map((name) => urn(containerType, name));
  expect(found(["probe-1"])).toEqual({ replace: carriers, refresh: true });
});

it("files edited in a volume come anew with whoever reads them, and what nobody brought stays", () => {
  const name = "urn:pulumi:dev::berth::docker:index/container:Container";
  const container = (urn: string, role: string) => ({
    urn: `${name}::${urn}`,
    type: containerType,
    id: urn,
    inputs: {
      mounts: [{ source: "v", target: "/etc/app" }],
      labels: [
        { label: "berth.role", value: role },
        { label: "berth.service", value: "api" },
      ],
    },
  });
  const volume = { urn: `${name}::api-files`, type: volumeType, id: "v", inputs: {} };
  const resources = [
    volume,
    container("api-1", "service"),
    container("api-files-carrier", "files"),
    container("api-migrate", "job"),
  ];
  const containers = [{ Id: "api-1", State: "running", NetworkSettings: { Networks: {} } }];
  const owned = { containers, networks: [], volumes: [{ Name: "v" }] } as unknown as Owned;
  const { notes, replace } = findDrift({ resources } as unknown as Checkpoint, owned, [
    { resource: volume, what: "app.ini was edited" },
    { resource: volume, what: "app.ini~ was added", byHand: "rm" },
  ]);
  expect(replace).toEqual([`${name}::api-1`, `${name}::api-files-carrier`]);
  expect(notes).toEqual([
    "api-files: app.ini was edited, writes it anew",
    "api-files: app.ini~ was added, which stays",
  ]);
});
