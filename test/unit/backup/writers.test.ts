import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { expect, test } from "vitest";
import { Refusal } from "../../../cli/refusal.ts";
import { startAll, stopAll, writers } from "../../../cli/restore/writers.ts";
import { arv } from "../../../systems/arv.ts";

function container(service: string, State = "running"): ContainerInfo {
  return { Id: service, State, Labels: { "berth.service": service } } as unknown as ContainerInfo;
}

/** An engine that writes down what it is asked for, refuses a start so often, and whose containers are of this health. */
function engine(name: string, calls: string[], health = "healthy", refusals = 0): Docker {
  const left = new Map<string, number>();
  const start = (id: string) => {
    const before = left.get(id) ?? refusals;
    left.set(id, before - 1);
    calls.push(`${name} ${before > 0 ? "refuses" : "starts"} ${id}`);
    return before > 0 ? Promise.reject(new Error("no space left on device")) : Promise.resolve();
  };
  const getContainer = (id: string) => ({
    stop: () => Promise.resolve(calls.push(`${name} stops ${id}`)),
    start: () => start(id),
    inspect: () => Promise.resolve({ State: { Running: true, Health: { Status: health } } }),
  });
  return { getContainer } as unknown as Docker;
}

const home = ["nginx", "minio", "app", "postgres", "redis", "backup", "prometheus"].map((name) =>
  container(name),
);
const beside = [container("celery-markers"), container("celery-default", "exited")];

test("applications and the object store stand still on every machine, and nothing else does", async () => {
  const calls: string[] = [];
  const [first, second] = [engine("first", calls), engine("second", calls)];
  const found = writers(
    [
      { docker: first, services: home },
      { docker: second, services: beside },
    ],
    arv,
  );
  await stopAll(found);
  expect(await startAll(found, 0)).toEqual([]);
  expect([...new Set(calls)]).toEqual([
    ...["first stops app", "second stops celery-markers", "first stops minio"],
    ...["first starts minio", "second starts celery-markers", "first starts app"],
  ]);
});

test("one that ends again and again stands still too, for it may come up", () => {
  const services = [container("app", "restarting"), container("nginx", "exited")];
  const found = writers([{ docker: engine("first", []), services }], arv);
  expect(found.map(({ info }) => info.Id)).toEqual(["app"]);
});

test("those that don't become healthy in time are named, with how they are", async () => {
  const docker = engine("first", [], "unhealthy");
  expect(await startAll(writers([{ docker, services: home }], arv), 0)).toEqual([
    { service: "app", reason: "it is unhealthy" },
    { service: "minio", reason: "it is unhealthy" },
  ]);
});

test("one that can't be started keeps no other from it, and is tried again", async () => {
  const calls: string[] = [];
  const docker = engine("first", calls);
  const broken = engine("second", calls, "healthy", 1);
  const found = writers(
    [
      { docker: broken, services: home },
      { docker, services: beside },
    ],
    arv,
  );
  expect(await startAll(found, 10)).toEqual([]);
  expect(calls.filter((call) => call === "second refuses minio")).toEqual(["second refuses minio"]);
  expect(calls).toEqual(expect.arrayContaining(["second starts app", "second starts minio"]));
});

test("one that can't be started at all is named, with the engine's reason", async () => {
  const docker = engine("first", [], "healthy", 1000);
  expect(await startAll(writers([{ docker, services: beside }], arv), 0)).toEqual([
    { service: "celery-markers", reason: "no space left on device" },
  ]);
});

test("a swarm's service has to be stopped by its managers, who start again what isn't", () => {
  const ofSwarm = (service: string, id: string, State = "running") => ({
    ...container(service, State),
    Id: id,
    Labels: {
      ...{ "berth.service": service, "com.docker.swarm.service.id": service },
      "com.docker.swarm.service.name": `${service}-1a2b3c4`,
    },
  });
  const all = (...services: ContainerInfo[]) => writers([{ docker: engine("first", []), services }], arv);
  const spread = [ofSwarm("app", "1"), ofSwarm("app", "2"), ofSwarm("celery-markers", "3")];
  expect(() => all(...home, ...spread)).toThrow(
    new Refusal([
      "swarm: must run no service that writes meanwhile, got app-1a2b3c4, celery-markers-1a2b3c4; on the stack's own machine docker service scale app-1a2b3c4=0 celery-markers-1a2b3c4=0 stops them, and the next berth up brings them back",
    ]),
  );
  const past = all(...home, ofSwarm("app", "1", "exited"), ofSwarm("nginx", "2"));
  expect(past.map(({ info }) => info.Id)).toEqual(["app", "minio"]);
});
