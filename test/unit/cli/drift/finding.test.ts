import { expect, it } from "vitest";
import { connection } from "../../../../components/ssh/connection.ts";
import type { Owned } from "../../../../cli/docker/owned.ts";
import { findingsOf, type Seen } from "../../../../cli/drift/finding.ts";
import { driftLines } from "../../../../cli/verbs/drift.ts";
import {
  containerType,
  networkType,
  serviceType,
  volumeType,
  type Checkpoint,
} from "../../../../cli/state/checkpoint.ts";

function resource(type: string, id: string, role: string) {
  const labels = [
    { label: "berth.role", value: role },
    { label: "berth.service", value: "api" },
  ];
  return { urn: `urn:pulumi:dev::berth::${type}::my-${id}`, type, id, inputs: { labels } };
}

const apiInState = resource(containerType, "api", "service");
const filesInState = resource(volumeType, "files", "files");
const checkpoint = {
  resources: [
    apiInState,
    resource(volumeType, "rows", "data"),
    filesInState,
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

function found(change: object, seen: Partial<Seen> = {}, busy?: string): string[] {
  const there = { ...held, ...change } as unknown as Owned;
  return findingsOf(checkpoint, [{ held: there, changed: [], strays: [], ...seen }], { busy }).map(
    ({ kind, name, found: what, remedy }) => `${kind} ${name}: ${what}; ${remedy}`,
  );
}

it("a stack that is as it was left has nothing to tell", () => {
  expect(found({})).toEqual([]);
  expect(driftLines("dev", [])).toEqual(["stack dev is as the last run left it"]);
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

it("what no run made is told with what to do by hand", () => {
  const copy = { ...api, Id: "2", Names: ["/copy"] };
  const own = { ...api, Id: "3", Names: ["/mine"], Labels: labels("run") };
  expect(found({ containers: [api, copy, own] })).toEqual([
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
  const strays = [{ name: "db", found: "publishes 0.0.0.0:5432 past the proxy", remedy: "docker rm -f db" }];
  expect(found({}, { strays })).toEqual(["stray db: publishes 0.0.0.0:5432 past the proxy; docker rm -f db"]);
});

it("what a run may be making right now is nobody's to remove", () => {
  const made = { ...api, Id: "2", Names: ["/api-2"] };
  const networks = [{ Id: "shop" }, { Id: "other", Name: "other" }];
  const volumes = [...held.volumes, { Name: "new", Labels: labels("files") }];
  expect(found({ containers: [api, made], networks, volumes }, {}, "dev")).toEqual([
    "run dev: a command is at work on it, or was cut off; once it has ended, berth up takes away what it left",
  ]);
  const strays = [{ name: "db", found: "is on the stack's network shop", remedy: "label it" }];
  expect(found({}, { strays }, "dev")).toHaveLength(2);
});

it("what stands still for an upgrade of a database isn't to be made anew, and what is gone is", () => {
  const upgrade = { ...api, Id: "8", Names: ["/dev-postgres-upgrade"], Labels: labels("run") };
  const exited = { ...api, State: "exited" };
  const line =
    "container dev-postgres-upgrade: berth upgrade is at work on a database, for which services may stand still; wait for its end";
  expect(found({ containers: [exited, upgrade] })).toEqual([line]);
  expect(found({ containers: [upgrade] })).toEqual([
    "container my-api: is gone; berth up makes a new one",
    line,
  ]);
  expect(found({ containers: [exited, { ...upgrade, State: "exited" }] })).toEqual([
    "container my-api: has stopped; berth up makes a new one",
  ]);
});

it("what a command has made for itself is none of it, and what stands still for a restore neither", () => {
  const drill = { ...api, Id: "5", Names: ["/twin"], Labels: labels("drill") };
  const networks = [{ Id: "shop" }, { Id: "6", Name: "dev-drill-1", Labels: labels("drill") }];
  expect(found({ containers: [api, drill], networks })).toEqual([]);
  const Labels = {
    ...labels("job"),
    ...{ "berth.restore": "api", "berth.restore.time": "2026-11-27 03:15:00", "berth.restore.from": "dev" },
  };
  const restore = { ...api, Id: "7", Names: ["/eager_curie"], Labels };
  expect(found({ containers: [{ ...api, State: "exited" }, restore] })).toEqual([
    "container eager_curie: gives back the backup of 2026-11-27 03:15:00, with services stopped meanwhile; berth restore follows it to its end",
  ]);
});

it("what was changed by hand is told, files with the way that a run looks at them", () => {
  const changed = [
    { resource: apiInState, what: "is also on network x" },
    { resource: filesInState, what: "api.ini was edited" },
    { resource: filesInState, what: "api.ini~ was added", byHand: "docker run it" },
  ];
  expect(found({}, { changed })).toEqual([
    "container my-api: is also on network x; berth up makes a new one",
    "files my-files: api.ini was edited; berth up --full writes it anew",
    "files my-files: api.ini~ was added; docker run it",
  ]);
});

it("containers of a swarm's service come and go, and what is wrong with it is told of the service", () => {
  const spread = resource(serviceType, "spread", "service");
  const ofSwarm = (service: string, id: string) => ({
    ...{ ...api, Id: id, Names: [`/${service}.1.${id}`] },
    Labels: {
      ...labels("service"),
      "com.docker.swarm.service.id": service,
      "com.docker.swarm.service.name": `name-of-${service}`,
    },
  });
  const seen = (containers: object[], more: Partial<Seen> = {}) =>
    findingsOf({ ...checkpoint, resources: [...checkpoint.resources, spread] }, [
      { held: { ...held, containers } as unknown as Owned, changed: [], strays: [], ...more },
    ]).map(({ kind, name, found: what, remedy }) => `${kind} ${name}: ${what}; ${remedy}`);
  const past = { ...ofSwarm("spread", "c2"), State: "exited" };
  expect(seen([api, ofSwarm("spread", "c1"), past])).toEqual([]);
  expect(seen([api])).toEqual([]);
  expect(seen([api, ofSwarm("old", "c3"), ofSwarm("old", "c4")])).toEqual([
    "stray name-of-old: service of api with the stack's label that no run made; docker service rm name-of-old",
  ]);
  const changed = [
    { resource: spread, what: "is gone" },
    { resource: spread, what: "variable X was added" },
  ];
  const short = [{ resource: spread, running: 1, wanted: 3, reason: "no suitable node" }];
  expect(seen([api], { changed, short })).toEqual([
    "service my-spread: is gone; berth up makes a new one",
    "service my-spread: variable X was added; berth up sets it back",
    "service my-spread: 1 of 3 containers run: no suitable node; the swarm goes on trying; berth logs api says what they wrote",
  ]);
});

it("on machines elsewhere each difference names its machine", () => {
  const ways = ["203.0.113.5", "203.0.113.6"].map((address) =>
    connection({ address, user: "ops", hostKey: "ssh-ed25519 AAAA" }),
  );
  const providers = ways.map(({ url: host, options: sshOpts }, index) => ({
    urn: `urn:pulumi:dev::berth::pulumi:providers:docker::p${index}`,
    type: "pulumi:providers:docker",
    id: `${index}`,
    inputs: { host, sshOpts: JSON.stringify(sshOpts) },
  }));
  const provider = `${providers[1]?.urn ?? ""}::1`;
  const resources = [...providers, { ...apiInState, provider }, ...checkpoint.resources.slice(1)];
  const there = { ...held, containers: [] } as unknown as Owned;
  const nothing: Owned = { containers: [], networks: [], volumes: [] };
  const strays = [{ name: "db", found: "is on the stack's network shop", remedy: "docker rm -f db" }];
  const findings = findingsOf({ ...checkpoint, resources }, [
    { machine: "ops@203.0.113.5", held: there, changed: [], strays },
    { machine: "ops@203.0.113.6", held: nothing, changed: [], strays: [] },
  ]);
  expect(driftLines("dev", findings)).toEqual([
    "what       name    machine          found                           remedy",
    "container  my-api  ops@203.0.113.6  is gone                         berth up makes a new one",
    "stray      db      ops@203.0.113.5  is on the stack's network shop  docker rm -f db",
    "2 differences on stack dev",
  ]);
  const lost = [{ machine: "ops@203.0.113.6", problem: "host: must answer" }];
  const away = findingsOf(
    { ...checkpoint, resources },
    [{ machine: "ops@203.0.113.5", held: there, changed: [], strays: [] }],
    { lost },
  );
  // Of what was there nothing is known.
  expect(away.map(({ kind, name, found: what }) => `${kind} ${name}: ${what}`)).toEqual([
    "machine ops@203.0.113.6: isn't reached: host: must answer",
  ]);
});
