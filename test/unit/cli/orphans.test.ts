import assert from "node:assert/strict";
import { test } from "vitest";
import type { Owned } from "../../../cli/docker/owned.ts";
import { containerType, networkType, serviceType, type Checkpoint } from "../../../cli/state/checkpoint.ts";
import { findOrphans, orphanedServices } from "../../../cli/state/orphans.ts";

const owned = (containers: Record<string, string>): Owned =>
  ({
    containers: Object.entries(containers).map(([name, State]) => ({ Id: name, Names: [`/${name}`], State })),
    networks: [{ Id: "net", Name: "net" }],
    volumes: [
      { Name: "files", Labels: { "berth.role": "files" } },
      { Name: "data", Labels: { "berth.role": "data" } },
    ],
  }) as unknown as Owned;

const checkpoint = (known: string[], pending: [string, string][] = []) =>
  ({
    resources: known.map((id) => ({ urn: id, type: containerType, id })),
    pending: pending.map(([type, name]) => ({
      type: "creating",
      resource: { urn: name, type, inputs: { name } },
    })),
  }) as unknown as Checkpoint;

const names = (found: { name: string }[]) => found.map(({ name }) => name);

test("what was made and never written down is an orphan, data never", () => {
  const held = owned({ known: "running", cut: "created" });
  assert.deepEqual(names(findOrphans(checkpoint(["known"]), held)), ["cut", "net", "files"]);
  assert.deepEqual(names(findOrphans(checkpoint(["known", "cut", "net", "files"]), held)), []);
});

test("where something unknown was ever started, only what a pending step names is an orphan", () => {
  for (const state of ["running", "exited"]) {
    const held = owned({ theirs: state, cut: "created" });
    assert.deepEqual(names(findOrphans(checkpoint([]), held)), []);
    const begun: [string, string][] = [
      [containerType, "cut"],
      [networkType, "net"],
    ];
    assert.deepEqual(names(findOrphans(checkpoint([], begun), held)), ["cut", "net"]);
  }
});

test("a container of a swarm's service is its managers' to take away, and of an unknown one somebody else's", () => {
  const taskOf = (service: string, State: string) => ({
    ...{ Id: `of-${service}`, Names: [`/of-${service}`], State },
    Labels: { "com.docker.swarm.service.id": service },
  });
  const held = owned({ cut: "created" });
  const withTask = (service: string, state: string) => ({
    ...held,
    containers: [...held.containers, taskOf(service, state)],
  });
  for (const state of ["created", "running", "exited"]) {
    const known = withTask("known", state) as unknown as Owned;
    assert.deepEqual(names(findOrphans(checkpoint(["known"]), known)), ["cut", "net", "files"]);
    const theirs = withTask("theirs", state) as unknown as Owned;
    assert.deepEqual(names(findOrphans(checkpoint(["known"]), theirs)), []);
  }
});

test("a swarm's service that a run was killed in the middle of making is an orphan, and no other", () => {
  const labels = [{ label: "berth.service", value: "api" }];
  const creating = { type: "creating", resource: { urn: "…::api", type: serviceType, inputs: { labels } } };
  const cut = { ...checkpoint(["known"]), pending: [creating] } as Checkpoint;
  const service = (ID: string, name: string) => ({
    ID,
    Spec: { Name: `${name}-1a2b3c4`, Labels: { "berth.service": name } },
  });
  const there = [service("known", "api"), service("cut", "api"), service("theirs", "web"), { ID: "bare" }];
  assert.deepEqual(orphanedServices(cut, there), [{ kind: "service", id: "cut", name: "api-1a2b3c4" }]);
  assert.deepEqual(orphanedServices(checkpoint(["known"]), there), []);
  const updating = { ...creating, type: "updating" };
  assert.deepEqual(orphanedServices({ ...cut, pending: [updating] }, there), []);
});
