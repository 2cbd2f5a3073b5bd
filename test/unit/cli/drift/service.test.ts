import type Docker from "dockerode";
import type { Service } from "dockerode";
import { expect, it } from "vitest";
import {
  changedIn,
  changedServices,
  serviceChanges,
  shortIn,
  type InspectedSpec,
} from "../../../../cli/drift/service.ts";
import type { Task } from "../../../../cli/docker/swarm.ts";
import { Refusal } from "../../../../cli/refusal.ts";
import { serviceType, wantedServices, type Checkpoint } from "../../../../cli/state/checkpoint.ts";

const sealed = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "x" };

function state(containerSpec: object = {}, more: object = {}): Checkpoint {
  const labels = Object.entries({ "berth.role": "service", "berth.service": "api", "berth.hash": "h1" });
  const inputs = {
    labels: labels.map(([label, value]) => ({ label, value })),
    mode: { replicated: { replicas: 3 } },
    taskSpec: {
      containerSpec: {
        image: "sha256:a",
        user: "1000:1000",
        args: ["serve"],
        env: { LEVEL: "info", TOKEN: sealed },
        readOnly: true,
        capDrops: ["ALL"],
        healthcheck: { tests: ["CMD", "true"] },
        mounts: [{ target: "/tmp", type: "tmpfs" }],
        secrets: [{ fileName: "/etc/berth/url" }],
        ...containerSpec,
      },
      networksAdvanceds: [{ id: "n1", aliases: ["api"] }],
      resources: { limits: { memoryBytes: 268435456, nanoCpus: 500000000 } },
      restartPolicy: { condition: "any" },
    },
    ...more,
  };
  const api = { urn: `urn:pulumi:dev::berth::${serviceType}::api`, type: serviceType, id: "s1", inputs };
  return { resources: [api] } as unknown as Checkpoint;
}

const task = {
  ContainerSpec: {
    Image: "sha256:a",
    User: "1000:1000",
    Args: ["serve"],
    Env: ["LEVEL=info", "TOKEN=t"],
    ReadOnly: true,
    CapabilityDrop: ["ALL"],
    Healthcheck: { Test: ["CMD", "true"] },
    Mounts: [{ Target: "/tmp" }],
    Secrets: [{ File: { Name: "/etc/berth/url" } }],
  },
  Resources: { Limits: { MemoryBytes: 268435456, NanoCPUs: 500000000 } },
  RestartPolicy: { Condition: "any" },
  Networks: [{ Target: "n1" }],
} satisfies InspectedSpec["TaskTemplate"];
const spec: InspectedSpec = {
  Labels: { "berth.hash": "h1" },
  Mode: { Replicated: { Replicas: 3 } },
  EndpointSpec: {},
  TaskTemplate: task,
};

function changes(container: object = {}, more: InspectedSpec = {}, own = state()): string[] {
  const [resource] = own.resources;
  if (resource === undefined) throw new Error("there is a service");
  const ContainerSpec = { ...task.ContainerSpec, ...container };
  return serviceChanges(resource, {
    ...spec,
    ...more,
    TaskTemplate: { ...task, ...more.TaskTemplate, ContainerSpec },
  });
}

it("a service as the last run left it has no change, whatever is encrypted", () => {
  expect(changes()).toEqual([]);
  expect(changes({ Args: ["other"] }, {}, state({ args: ["serve", sealed] }))).toEqual([]);
  expect(changes({ Env: [] }, {}, state({ env: sealed }))).toEqual([]);
});

it("what docker service update can change is told, and of a variable its name alone", () => {
  expect(changes({}, { Mode: { Replicated: { Replicas: 1 } } })).toEqual(['replicas must be "3", got "1"']);
  expect(changes({ Env: ["LEVEL=debug", "S3CRET=x"] })).toEqual([
    "variable LEVEL was changed",
    "variable TOKEN was removed",
    "variable S3CRET was added",
  ]);
  expect(
    changes({
      ...{ Image: "sha256:b", User: "0:0", Args: ["sh"], ReadOnly: undefined, Command: ["/bin/sh"] },
      ...{ CapabilityDrop: undefined, CapabilityAdd: ["CAP_SYS_ADMIN"], Healthcheck: { Test: ["NONE"] } },
      ...{
        Mounts: [{ Target: "/tmp" }, { Target: "/host" }],
        Secrets: [],
        Configs: [{ File: { Name: "/c" } }],
      },
    }),
  ).toEqual([
    'image must be "sha256:a", got "sha256:b"',
    'user must be "1000:1000", got "0:0"',
    'entrypoint must be nothing, got "/bin/sh"',
    'command must be "serve", got "sh"',
    'read-only root must be "true", got "false"',
    'capabilities dropped must be "ALL", got nothing',
    'capabilities kept must be nothing, got "CAP_SYS_ADMIN"',
    'health check must be "CMD true", got "NONE"',
    "is also with a mount at /host",
    "is no longer with the secret /etc/berth/url",
    "is also with the config /c",
  ]);
  expect(
    changes(
      {},
      {
        EndpointSpec: { Ports: [{ TargetPort: 8000, PublishedPort: 9000 }] },
        TaskTemplate: {
          Resources: { Limits: { MemoryBytes: 1048576 } },
          RestartPolicy: { Condition: "none" },
          Networks: [{ Target: "n2" }],
          Placement: { Constraints: ["node.hostname==two"] },
        },
      },
    ),
  ).toEqual([
    'memory must be "256 MiB", got "1 MiB"',
    'cpus must be "0.5", got "0"',
    'restart must be "any", got "none"',
    "is no longer on network n1",
    "is also on network n2",
    "is held to machines by node.hostname==two",
    "publishes 9000 for 8000",
  ]);
});

it("a service that settings hold to a machine has changed where it no longer is, or is held to another", () => {
  const [own] = state().resources;
  const { inputs = {} } = own ?? {};
  const placement = { constraints: ["node.labels.berth.machine==two"] };
  const placed = { inputs: { ...inputs, taskSpec: { ...(inputs.taskSpec as object), placement } } };
  const held = (...Constraints: string[]) =>
    serviceChanges(placed, { ...spec, TaskTemplate: { ...task, Placement: { Constraints } } });
  expect(held("node.labels.berth.machine==two")).toEqual([]);
  expect(held("node.role==manager")).toEqual([
    "is no longer held to machines by node.labels.berth.machine==two",
    "is held to machines by node.role==manager",
  ]);
});

it("another release's spec, as docker service rollback leaves it, is told by its hash", () => {
  expect(changes({}, { Labels: { "berth.hash": "h0" } })).toEqual([
    'hash of its inputs must be "h1", got "h0"',
  ]);
  expect(changes({ Image: "sha256:0" }, { Labels: { "berth.hash": "h0" } })).toEqual([
    'image must be "sha256:a", got "sha256:0"',
  ]);
});

/** A manager that answers with these services, or fails with this status. */
function manager(
  services: object[],
  failure?: { statusCode: number; message: string },
): { docker: Docker; questions: unknown[] } {
  const questions: unknown[] = [];
  const docker = {
    listServices: (options: unknown) => {
      questions.push(options);
      return failure === undefined
        ? Promise.resolve(services)
        : Promise.reject(Object.assign(new Error(failure.message), failure));
    },
    listTasks: () => Promise.resolve([]),
  } as unknown as Docker;
  return { docker, questions };
}

it("a manager is asked for a stack's services, and not at all of a stack that has none", async () => {
  const own = manager([{ ID: "s1", Spec: spec }]);
  expect(await changedServices(own.docker, state(), "dev")).toEqual([]);
  expect(own.questions).toEqual([{ filters: '{"label":["berth.stack=dev"]}' }]);
  const none = manager([]);
  expect(await changedServices(none.docker, { resources: [] } as unknown as Checkpoint, "dev")).toEqual([]);
  expect(none.questions).toEqual([]);
});

it("a service that isn't there, or whose machine is in no swarm any more, is gone", async () => {
  const message =
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect';
  for (const { docker } of [manager([]), manager([], { statusCode: 503, message })])
    expect((await changedServices(docker, state(), "dev")).map(({ what }) => what)).toEqual(["is gone"]);
});

it("managers that can't tell are no reason to call anything gone", async () => {
  const { docker } = manager([], { statusCode: 503, message: "The swarm does not have a leader." });
  await expect(changedServices(docker, state(), "dev")).rejects.toThrow(
    new Refusal([
      'swarm: must have managers that answer, got "The swarm does not have a leader."; more than half of them have to be up, docker node ls says which are',
    ]),
  );
});

it("a service is short of containers by what its managers were told, those that go aside", () => {
  const tasks: Task[] = [
    { ID: "1", ServiceID: "s1", DesiredState: "running", Status: { State: "running" } },
    { ID: "2", ServiceID: "s1", DesiredState: "shutdown", Status: { State: "running" } },
    { ID: "3", ServiceID: "s1", DesiredState: "running", Status: { State: "starting" } },
    {
      ...{ ID: "4", ServiceID: "s1", DesiredState: "running" },
      Status: { State: "pending", Err: "no suitable node" },
    },
    { ID: "5", ServiceID: "other", DesiredState: "running", Status: { State: "running" } },
  ];
  const services = [{ ID: "s1", Spec: spec }] as unknown as Service[];
  const [short] = shortIn(wantedServices(state()), { services, tasks });
  expect([short?.running, short?.wanted, short?.reason]).toEqual([1, 3, "no suitable node"]);
  const running = tasks.map((one) => ({ ...one, Status: { State: "running" }, DesiredState: "running" }));
  expect(shortIn(wantedServices(state()), { services, tasks: running })).toEqual([]);
  expect(shortIn(wantedServices(state()), { services: [], tasks })).toEqual([]);
  expect(changedIn(wantedServices(state()), { services, tasks })).toEqual([]);
});
