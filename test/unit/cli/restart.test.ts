import assert from "node:assert/strict";
import type Docker from "dockerode";
import type { Service } from "dockerode";
import { test } from "vitest";
import { agree } from "../../../cli/agree.ts";
import { chosenServices } from "../../../cli/restart/chosen.ts";
import { forceUpdate, outcomeOf, secondsAllowed } from "../../../cli/restart/swarm.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { containerType, logicalName, serviceType, type Checkpoint } from "../../../cli/state/checkpoint.ts";
import { awayText } from "../../../cli/verbs/restart.ts";

function container(name: string, service: string, role = "service") {
  const labels = Object.entries({ "berth.role": role, "berth.service": service });
  return {
    urn: `urn:pulumi:dev::berth::${containerType}::${name}`,
    type: containerType,
    id: name,
    inputs: { labels: labels.map(([label, value]) => ({ label, value })) },
  };
}

const checkpoint = {
  resources: [
    container("api-1", "api"),
    container("api-2", "api"),
    { ...container("api-1", "api"), id: "old", delete: true },
    container("api-migrate", "api", "job"),
    container("files-1", "files"),
    container("postgres", "postgres"),
    container("worker-2", "worker-2"),
  ],
} as unknown as Checkpoint;

const alone = (service: string) => service === "files";
const chosen = (...names: string[]) => {
  const { containers, spread, ...rest } = chosenServices(checkpoint, names, alone);
  assert.deepEqual(spread, []);
  return { containers: containers.map(({ urn }) => logicalName(urn)), ...rest };
};

test("without a name all are started anew whose new containers come up beside the old ones", () => {
  assert.deepEqual(chosen(), { containers: ["api-1", "api-2"], services: ["api"], away: [] });
});

test("what there is one of, or has one writer, is said to be away", () => {
  assert.deepEqual(chosen("postgres", "files", "api", "worker-2"), {
    containers: ["api-1", "api-2", "files-1", "postgres", "worker-2"],
    services: ["api", "files", "postgres", "worker-2"],
    away: ["files", "postgres", "worker-2"],
  });
});

test("each unknown name is refused with those there are", () => {
  assert.throws(
    () => chosen("apu", "postgres", "db"),
    new Refusal([
      'service: must be one of api, files, postgres, worker-2, got "apu"',
      'service: must be one of api, files, postgres, worker-2, got "db"',
    ]),
  );
});

test("a gap is told, and nobody who can't be asked agrees to it", async () => {
  assert.equal(
    awayText(["files", "postgres"]),
    "stops files, postgres before their new containers start: they are away for some seconds",
  );
  await agree("restart", awayText(["postgres"]), true);
  await assert.rejects(
    agree("restart", awayText(["postgres"]), false),
    new Refusal([
      "--yes: must be given where nobody can be asked; berth restart stops postgres before its new container starts: it is away for some seconds",
    ]),
  );
});

test("a swarm's services are restarted without a name too, for their old containers serve meanwhile", () => {
  const web = { ...container("web", "web"), type: serviceType };
  const found = (...names: string[]) => {
    const resources = [...checkpoint.resources, web] as unknown as Checkpoint["resources"];
    const { containers, spread, services, away } = chosenServices({ ...checkpoint, resources }, names, alone);
    return [containers.length, spread.map(({ service }) => service), services, away];
  };
  assert.deepEqual(found(), [2, ["web"], ["api", "web"], []]);
  assert.deepEqual(found("web"), [0, ["web"], ["web"], []]);
  assert.deepEqual(found("postgres"), [1, [], ["postgres"], ["postgres"]]);
});

/** A manager whose service has these answers, one after the other, the last for good. */
function manager(...answers: object[]) {
  const updates: unknown[] = [];
  const [last] = answers.slice(-1);
  const inspect = () => Promise.resolve(answers.length > 1 ? answers.shift() : last);
  const update = (options: unknown) => Promise.resolve(updates.push(options));
  return { docker: { getService: () => ({ inspect, update }) } as unknown as Docker, updates };
}

const before = {
  Version: { Index: 7 },
  Spec: { Name: "web", TaskTemplate: { ForceUpdate: 2, Networks: [] } },
  UpdateStatus: { State: "completed", StartedAt: "1" },
};
const inState = { service: "web", id: "s1", inputs: { convergeConfig: { timeout: "1s" } } };

test("a service of a swarm is updated by force, and waited for past the outcome of the update before", async () => {
  const after = { ...before, UpdateStatus: { State: "completed", StartedAt: "2" } };
  const { docker, updates } = manager(before, before, after);
  assert.deepEqual(await forceUpdate(docker, { ...inState, inputs: {} }), { service: "web" });
  assert.deepEqual(updates, [
    { _query: { version: 7 }, _body: { Name: "web", TaskTemplate: { ForceUpdate: 3, Networks: [] } } },
  ]);
});

test("an update that is taken back, stands still or never ends is a failure with its reason", async () => {
  const status = (State: string, Message?: string) => ({
    ...before,
    UpdateStatus: { State, StartedAt: "2", Message },
  });
  for (const state of ["rollback_completed", "paused", "rollback_paused"])
    assert.deepEqual(await forceUpdate(manager(before, status(state, "early")).docker, inState), {
      service: "web",
      failed: "early",
    });
  for (const state of ["updating", "rollback_started"])
    assert.equal(outcomeOf(status(state) as unknown as Service, "1"), undefined);
  assert.equal(outcomeOf(status("paused") as unknown as Service, "1"), "paused");
  assert.deepEqual(await forceUpdate(manager(before).docker, inState), {
    service: "web",
    failed: 'must be done within 1 s, got "completed"; the swarm goes on',
  });
  const none = { ID: "s1", Spec: { Mode: { Replicated: { Replicas: 0 } } } } as unknown as Service;
  assert.equal(outcomeOf(none, "1"), "");
});

test("a service that isn't in the swarm is refused with what makes it", async () => {
  const error = Object.assign(new Error("service s1 not found"), { statusCode: 404 });
  const docker = { getService: () => ({ inspect: () => Promise.reject(error) }) } as unknown as Docker;
  await assert.rejects(
    forceUpdate(docker, inState),
    new Refusal([
      'restart: must find service web in the swarm, got "service s1 not found"; berth up makes it',
    ]),
  );
});

test("an update may take as long as the engine lets one", () => {
  assert.equal(secondsAllowed({ convergeConfig: { timeout: "1h2m3s" } }), 3723);
  for (const timeout of [undefined, "", "soon", 7])
    assert.equal(secondsAllowed({ convergeConfig: { timeout } }), 600);
});
