import assert from "node:assert/strict";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, it } from "vitest";
import { confinements } from "../tools/audit.ts";
import { showsConnected } from "../tools/browser.ts";
import { exec } from "../tools/docker.ts";
import { json, post, reached, type Ready } from "../tools/http.ts";
import { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";
import * as expected from "./expected.ts";
import { assertNoDrift, assertVerified } from "./verified.ts";

describe("attn", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "attn" });
  });
  afterAll(() => stack.close());

  it("comes up from nothing and tells where it answers", async (t) => {
    const { seconds, outputs } = await stack.up();
    await t.annotate(`first up took ${seconds.toFixed(1)} s`);
    assert.deepEqual(outputs, {
      version: "1",
      system: "attn",
      address: "127.0.0.1",
      access: "docker ps",
      network: stack.name,
      urls: urlsAt(stack.url.replace("127.0.0.1", "localhost")),
      endpoints: {
        attn_backend_api: "http://attn_backend_api:8000",
        "api-gateway": "http://api-gateway:8001",
      },
    });
  });

  it("has the main application reach its database, its cache and the microservice's gateway", async () => {
    const ready = await until("ready", 120, () => json<Ready>(`${stack.url}/ready`));
    assert.deepEqual(reached(ready), {
      attn_postgres: "postgres ok",
      attn_redis: "redis ok",
      "api-gateway": "http ok",
    });
  });

  it("is found well, line by line, by berth verify", () => assertVerified(stack));

  it("is found as the run left it by berth drift", () => assertNoDrift(stack));

  it("keeps what is written", async () => {
    const { id } = await post<{ id: number }>(`${stack.url}/items`, { text: "kept" });
    const { items } = await json<{ items: { id: number; text: string }[] }>(`${stack.url}/items`);
    assert.equal(items.find((item) => item.id === id)?.text, "kept");
  });

  it("hands work to the face-recognition worker through the gateway, by name, from the other project", async () => {
    const answer = await inBackend(stack, "http://api-gateway:8001/ready");
    const ready = JSON.parse(answer) as Ready;
    assert.deepEqual(reached(ready), { attn_redis: "redis ok", faces: "queue ok" });
    const done = await inBackend(stack, "http://api-gateway:8001/work", "-X", "POST");
    assert.equal((JSON.parse(done) as { service: string }).service, "face-recognition");
  });

  it("shows a person that everything is connected", async (t) => {
    await showsConnected(t, stack.url);
  });

  it("opens one port and none of the document's others", async () => {
    const open = await Promise.all([Number(new URL(stack.url).port), 5433, 6379, 8001].map(accepts));
    assert.deepEqual(open, [true, false, false, false]);
  });

  it("confines every container, and publishes exactly one port", async () => {
    assert.deepEqual(await confinements(stack), expected.attn(new URL(stack.url).host));
  });

  it("has nothing to do the second time", async (t) => {
    const { changes, seconds } = await stack.up();
    await t.annotate(`up with nothing to do took ${seconds.toFixed(1)} s`);
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  it("previews no change, before and after a refresh", async (t) => {
    const first = await stack.must("preview");
    await t.annotate(`preview took ${first.seconds.toFixed(1)} s`);
    assert.deepEqual(Object.keys(first.changes), ["same"]);
    await stack.must("refresh");
    assert.deepEqual(Object.keys((await stack.must("preview")).changes), ["same"]);
  });
});

function urlsAt(base: string): Record<string, string> {
  return { application: `${base}/`, documentation: `${base}/docs`, health: `${base}/health` };
}

/** Asks from inside a container of the main application. */
async function inBackend(stack: LiveStack, url: string, ...options: string[]): Promise<string> {
  const [container] = await stack.containers("attn_backend_api");
  assert.ok(container);
  const { code, output } = await exec(container.id, ["curl", "-sS", "-m", "60", ...options, url]);
  assert.equal(code, 0, output);
  return output;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: 2000 });
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket
      .on("connect", () => {
        end(true);
      })
      .on("error", () => {
        end(false);
      })
      .on("timeout", () => {
        end(false);
      });
  });
}
