import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { expect, test } from "vitest";
import { startAll, stopAll, writers } from "../../../cli/restore/writers.ts";
import { arv } from "../../../systems/arv.ts";

function container(service: string, State = "running"): ContainerInfo {
  return { Id: service, State, Labels: { "berth.service": service } } as unknown as ContainerInfo;
}

/** An engine that writes down what it is calls, and whose containers are of this health. */
function engine(name: string, calls: string[], health = "healthy"): Docker {
  const getContainer = (id: string) => ({
    stop: () => Promise.resolve(calls.push(`${name} stops ${id}`)),
    start: () => Promise.resolve(calls.push(`${name} starts ${id}`)),
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
  expect(calls).toEqual([
    ...["first stops app", "second stops celery-markers", "first stops minio"],
    ...["first starts minio", "second starts celery-markers", "first starts app"],
  ]);
});

test("those that don't become healthy in time are named", async () => {
  const docker = engine("first", [], "unhealthy");
  expect(await startAll(writers([{ docker, services: home }], arv), 0)).toEqual(["app", "minio"]);
});
