import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "undici";
import { afterAll, beforeAll, describe, it } from "vitest";
import { json, type Ready } from "../tools/http.ts";
import { patientApplication } from "../tools/load.ts";
import { removeReleases } from "../tools/release.ts";
import { rollOut } from "../tools/releases.ts";
import { LiveStack } from "../tools/stack.ts";
import { sleep } from "../tools/wait.ts";

describe("releases of attn's main application", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    const environment = { attn_backend_api: patientApplication };
    stack = await LiveStack.open({ system: "attn", config: { environment } });
    await stack.up();
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  it("drop none of 10,000 requests at 200 a second, over two of them", async (t) => {
    const { steady, rolling, seconds } = await rollOut(stack, {
      service: "attn_backend_api",
      get: "/",
      post: "/items",
      releases: 2,
      requests: 10_000,
      perSecond: 200,
    });
    await t.annotate(`steady: ${JSON.stringify(steady)}`);
    await t.annotate(`rolling: ${JSON.stringify(rolling)}`);
    await t.annotate(`p99 ${(rolling.p99 / steady.p99).toFixed(1)} times the steady one; target 2`);
    await t.annotate(`releases took ${seconds.map((each) => each.toFixed(1)).join(" and ")} s`);
    assert.deepEqual({ ...steady.failures, ...rolling.failures }, {});
    assert.ok(steady.sent + rolling.sent >= 10_000);
  });

  it("end with the last one, on new containers alone", async () => {
    const { release } = await json<Ready>(`${stack.url}/ready`);
    assert.match(release, /:r2$/);
    assert.equal((await stack.containers("attn_backend_api")).length, 2);
  });

  it("finish what was asked of the old one: a request of 20 s and a conversation over a websocket", async (t) => {
    const slow = json<{ release: string }>(`${stack.url}/slow?seconds=20`, {
      signal: AbortSignal.timeout(60_000),
    });
    const talking = talk(`${stack.url.replace("http", "ws")}/ws`, 20);
    await stack.set({ environment: { attn_backend_api: { ANOTHER: "release" } } });
    const { seconds } = await stack.up();
    assert.match((await slow).release, /:r2$/);
    const { written, heard, code } = await talking;
    await t.annotate(
      `released in ${seconds.toFixed(1)} s; the request was answered, ${heard.length} of ${written.length} words heard`,
    );
    assert.deepEqual(heard, written);
    assert.equal(code, 1000);
  });
});

/** Says something every second, hears it echoed, and hangs up after `seconds`. */
async function talk(
  url: string,
  seconds: number,
): Promise<{ written: string[]; heard: string[]; code: number }> {
  const socket = new WebSocket(url);
  const written: string[] = [];
  const heard: string[] = [];
  socket.addEventListener("message", ({ data }) =>
    heard.push((JSON.parse(String(data)) as { echo: string }).echo),
  );
  await once(socket, "open");
  const closed = once(socket, "close") as Promise<[{ code: number }]>;
  for (let number = 1; number <= seconds; number++) {
    written.push(`word ${number}`);
    socket.send(`word ${number}`);
    await sleep(1);
  }
  socket.close(1000);
  const [{ code }] = await closed;
  return { written, heard, code };
}
