import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Docker from "dockerode";
import { afterEach, beforeEach, test } from "vitest";
import { followLogs } from "../../../cli/docker/followLogs.ts";
import { watchCrashes } from "../../../cli/failure/crashWatch.ts";

/** An engine whose streams begin, say one thing, and are cut as when its machine goes away. */
let engine: Server;
let docker: Docker;
const streams: ServerResponse[] = [];

beforeEach(async () => {
  streams.length = 0;
  engine = createServer((request, response) => {
    if (request.url?.includes("/containers/unreadable/") === true) {
      response.writeHead(501, { "content-type": "application/json" });
      response.end('{"message":"configured logging driver does not support reading"}');
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.write(`${JSON.stringify({ Action: "create", Actor: { ID: "a", Attributes: {} }, time: 1 })}\n`);
    streams.push(response);
    engine.emit("stream");
  }).listen(0, "127.0.0.1");
  await once(engine, "listening");
  docker = new Docker({ protocol: "http", host: "127.0.0.1", port: (engine.address() as AddressInfo).port });
});

afterEach(() => {
  engine.closeAllConnections();
  engine.close();
});

/** Errors that nothing handled while the streams were cut; in a run they end the process. */
async function unhandledDuring(cut: () => Promise<void>): Promise<unknown[]> {
  const found: unknown[] = [];
  const note = (error: unknown) => found.push(error);
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", note);
  await cut();
  // Errors of a socket are told in a later turn of the loop.
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  process.removeAllListeners("uncaughtException");
  for (const listener of listeners) process.on("uncaughtException", listener);
  return found;
}

const cutAll = async (): Promise<void> => {
  for (const stream of streams) stream.socket?.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
};

test("a machine that goes away while its crashes are watched doesn't end the run", async () => {
  const watch = await watchCrashes(docker, "prod");
  assert.deepEqual(await unhandledDuring(cutAll), []);
  watch.stop();
  assert.equal(watch.crashed.size, 0);
});

test("logs that are followed end when the machine goes away", async () => {
  const info = { Id: "a", Names: ["/api-1"], Labels: {} } as Docker.ContainerInfo;
  const begun = once(engine, "stream").then(() => once(engine, "stream"));
  const following = followLogs({
    docker,
    stack: "prod",
    containers: [info],
    services: [],
    query: {},
    write: () => undefined,
    unread: () => undefined,
  });
  await begun;
  const ended = unhandledDuring(cutAll);
  await following;
  assert.deepEqual(await ended, []);
});

test("a log that can't be read is named, and the others are followed all the same", async () => {
  const infos = ["unreadable", "a"].map(
    (Id) => ({ Id, Names: [`/${Id}`], Labels: {} }) as unknown as Docker.ContainerInfo,
  );
  const named: string[] = [];
  const begun = once(engine, "stream").then(() => once(engine, "stream"));
  const following = followLogs({
    docker,
    stack: "prod",
    containers: infos,
    services: [],
    query: {},
    write: () => undefined,
    unread: ({ Id }, error) => named.push(`${Id}: ${String(error)}`),
  });
  await begun;
  await cutAll();
  await following;
  assert.equal(named.length, 1);
  assert.match(named[0] ?? "", /^unreadable: .*does not support reading/);
});
