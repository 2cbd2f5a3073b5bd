import assert from "node:assert/strict";
import type { ContainerInfo } from "dockerode";
import pc from "picocolors";
import { test } from "vitest";
import { alertTable } from "../../../cli/alertTable.ts";
import { parseAlerts } from "../../../cli/docker/alerts.ts";
import { isPast, isTakenBack, withHashes } from "../../../cli/docker/swarm.ts";
import { placeTable, queueTable, replicaTable, statusRows, statusTable } from "../../../cli/statusTable.ts";

const colour = pc.createColors(false);

function container(service: string, replica: number, release: string, more: Partial<ContainerInfo> = {}) {
  return {
    Id: `${service}-${replica}-${release}`,
    Names: [`/${service}-${replica}-0123456789abcdef`],
    Image: `registry.example/a-team-with-a-long-name/${service}:2026.11.20-${release}`,
    State: "running",
    Status: "Up 3 minutes (healthy)",
    Labels: { "berth.service": service, "berth.hash": release },
    ...more,
  } as unknown as ContainerInfo;
}

const backends = [
  container("attn_backend_api", 1, "1111111aa"),
  container("attn_backend_api", 2, "2222222bb", { Status: "Up 3 seconds (health: starting)" }),
  container("face-recognition", 1, "3333333cc"),
];
const usage = new Map(
  backends.map(({ Id }) => [
    Id,
    {
      cpus: 0.25,
      memory: 2 ** 27,
      memoryLimit: 2 ** 29,
      processes: 3,
      received: 0,
      sent: 0,
      startedAt: new Date(0),
      restarts: 1,
    },
  ]),
);
const rows = statusRows(backends, ["attn_backend_api", "attn_backend_api", "face-recognition"], usage, {
  now: 180_000,
});

test("each container's image and release is told, and those of a service that isn't all of one release are shown", () => {
  assert.deepEqual(
    rows[0]?.replicas.map(({ release, healthy }) => `${release} ${healthy}`),
    ["1111111 true", "2222222 false"],
  );
  assert.deepEqual(
    replicaTable(rows, colour).map((line) => line.split(/ {2,}/)),
    [
      ["container", "image", "release", "state"],
      ["attn_backend_api-1-01234567…", "attn_backend_api:2026.11.20…", "1111111", "healthy"],
      ["attn_backend_api-2-01234567…", "attn_backend_api:2026.11.20…", "2222222", "not healthy"],
    ],
  );
});

test("nothing is said of replicas while all are of one release", () => {
  const same = statusRows([container("api", 1, "1111111aa"), container("api", 2, "1111111aa")], [], usage);
  assert.deepEqual(replicaTable(same, colour), []);
});

const ofSwarm = (id: string, more: Partial<ContainerInfo> = {}) => {
  const one = container("api", 1, "", { Id: id, ...more });
  const labels = { "com.docker.swarm.service.id": "s1", "com.docker.swarm.task.id": `task-${id}` };
  return { ...one, Labels: { "berth.service": "api", "berth.role": "service", ...labels } };
};

test("a swarm's service is short of what its managers were told, and where its containers are is shown", () => {
  const past = ofSwarm("c3", { State: "exited" });
  assert.deepEqual([past, ofSwarm("c1"), container("api", 1, "h", { State: "exited" })].map(isPast), [
    true,
    false,
    false,
  ]);
  const machines = new Map([
    ["c1", "one"],
    ["c2", "two"],
    ["c4", "two"],
  ]);
  const some = [ofSwarm("c1"), ofSwarm("c2"), ofSwarm("c4"), container("postgres", 1, "1111111aa")];
  const [api, postgres] = statusRows(some, ["api", "api", "api", "api", "postgres"], new Map(), { machines });
  assert.deepEqual([api?.healthy, api?.wanted], [3, 4]);
  assert.deepEqual(
    api?.replicas.map(({ machine }) => machine),
    ["one", "two", "two"],
  );
  assert.deepEqual(
    postgres?.replicas.map((replica) => "machine" in replica),
    [false],
  );
  assert.deepEqual(placeTable(statusRows(some, [], new Map(), { machines }), colour), [
    "service  containers on",
    "api      one 1, two 2",
  ]);
  assert.deepEqual(placeTable(rows, colour), []);
});

test("what a swarm's managers took back before it had started is none of its containers", () => {
  const tasks = [
    { ID: "task-c1", DesiredState: "shutdown" },
    { ID: "task-c2", DesiredState: "running" },
    { ID: "task-c3", DesiredState: "ready" },
    { ID: "task-c4", DesiredState: "shutdown" },
  ];
  const made = ["c1", "c2", "c3", "unknown"].map((id) => ofSwarm(id, { State: "created" }));
  const ending = ofSwarm("c4");
  const alone = container("db", 1, "plain", { State: "created" });
  assert.deepEqual(
    [...made, ending, alone].map((one) => isTakenBack(one, { tasks })),
    [true, false, false, false, false, false],
  );
});

test("the release of a swarm's container is that of the spec which its task runs", () => {
  const specOf = (hash: string, Image: string) => ({
    Labels: { "berth.hash": hash },
    TaskTemplate: { ContainerSpec: { Image } },
  });
  const services = [{ ID: "s1", Spec: specOf("new", "b"), PreviousSpec: specOf("old", "a") }];
  const tasks = [
    { ID: "task-c1", Spec: { ContainerSpec: { Image: "b" } } },
    { ID: "task-c2", Spec: { ContainerSpec: { Image: "a" } } },
    { ID: "task-c3", Spec: { ContainerSpec: { Image: "by hand" } } },
  ];
  const own = [ofSwarm("c1"), ofSwarm("c2"), ofSwarm("c3"), ofSwarm("c4"), container("db", 1, "plain")];
  const hashes = withHashes(own, { services, tasks } as never).map(({ Labels }) => Labels["berth.hash"]);
  assert.deepEqual(hashes, ["new", "old", "", undefined, "plain"]);
});

test("queues are shown with what waits in them, or that Redis couldn't be asked", () => {
  const queues = [
    { service: "celery-markers", list: "markers", waiting: 1200 },
    { service: "celery-default", list: "default" },
  ];
  assert.deepEqual(queueTable(queues, colour), [
    "queue    service         waiting",
    "markers  celery-markers     1200",
    "default  celery-default  unknown",
  ]);
  assert.deepEqual(queueTable([], colour), []);
});

test("alerts that fire are told, those that began last first, and silenced ones as such", () => {
  const text = JSON.stringify([
    {
      labels: { alertname: "Disk", severity: "critical", job: "node-exporter" },
      annotations: { summary: "/data has 4% left" },
      startsAt: "2026-11-26T10:00:00.000Z",
      status: { state: "active" },
    },
    {
      labels: { alertname: "Latency", severity: "warning", service: "api", job: "x" },
      annotations: { summary: "slow" },
      startsAt: "2026-11-26T11:30:00.000Z",
      status: { state: "suppressed" },
    },
  ]);
  const alerts = parseAlerts(text);
  assert.deepEqual(alerts[1], {
    alert: "Disk",
    severity: "critical",
    about: "node-exporter",
    since: "2026-11-26T10:00:00.000Z",
    summary: "/data has 4% left",
    silenced: false,
  });
  assert.deepEqual(alertTable(alerts, colour, Date.parse("2026-11-26T12:00:00Z")), [
    "alert    about          age  says",
    "Latency  api            30m  (silenced) slow",
    "Disk     node-exporter   2h  /data has 4% left",
  ]);
  assert.deepEqual(alertTable([], colour), []);
  // amtool's word for none.
  assert.deepEqual(parseAlerts("null"), []);
  assert.deepEqual(parseAlerts("[]"), []);
});

test("every line fits 80 columns, with names as long as they get", () => {
  const queues = [{ service: "s".repeat(60), list: "l".repeat(60), waiting: 1 }];
  const alert = {
    alert: "ContainerIsOutOfMemory",
    severity: "",
    about: "s".repeat(63),
    since: "",
    summary: "t".repeat(200),
    silenced: true,
  };
  const all = [
    ...statusTable(rows, colour),
    ...replicaTable(rows, colour),
    ...queueTable(queues, colour),
    ...alertTable([alert], colour),
  ];
  for (const line of all) assert.ok(line.length <= 80, line);
});
