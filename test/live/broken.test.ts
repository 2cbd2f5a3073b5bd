import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { json, type Ready } from "../tools/http.ts";
import { Load, patientApplication } from "../tools/load.ts";
import { release, removeReleases, replaceModule } from "../tools/release.ts";
import { LiveStack } from "../tools/stack.ts";
import { upByCommand } from "./verified.ts";

/** Seconds a candidate gets to become healthy. */
const patience = 20;

const serving500 = [
  "async def app(scope, receive, send):",
  '    if scope["type"] != "http": return',
  '    await send({"type": "http.response.start", "status": 500, "headers": []})',
  '    await send({"type": "http.response.body", "body": b"broken"})',
];

describe("a release that doesn't work", () => {
  let stack: LiveStack;
  /** Seconds that the engine takes for the whole system, on a machine as busy as this one. */
  let whole: number;
  beforeAll(async () => {
    const environment = { attn_backend_api: patientApplication };
    stack = await LiveStack.open({ system: "attn", config: { override: overrides(), environment } });
    whole = (await stack.up()).seconds;
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  /** What is done, and what the end of the log says of it. */
  const broken: Record<string, [tail: RegExp, settings: () => Promise<Record<string, unknown>>]> = {
    "never becomes healthy": [
      /Booting worker with pid/,
      async () => {
        const image = await release("berth/reference-app:1", "sick", replaceModule("asgi.py", serving500));
        return { images: { attn_backend_api: image } };
      },
    ],
    "crashes at boot": [
      /cannot go on: no wind/,
      async () => {
        const crash = ['raise SystemExit("cannot go on: no wind")'];
        const image = await release("berth/reference-app:1", "crash", replaceModule("asgi.py", crash));
        return { images: { attn_backend_api: image } };
      },
    ],
    "listens on the wrong port": [
      /Listening at: http:\/\/0\.0\.0\.0:9999/,
      () => {
        const command = [
          "gunicorn",
          "-k",
          "uvicorn.workers.UvicornWorker",
          "-b",
          "0.0.0.0:9999",
          "app.asgi:app",
        ];
        return Promise.resolve({ override: overrides({ command }) });
      },
    ],
  };

  for (const [what, [tail, settings]] of Object.entries(broken)) {
    it(`fails the run when it ${what}, with the end of its log, while the old one serves every request`, async (t) => {
      const before = await stack.containers("attn_backend_api");
      const good = { images: undefined, override: overrides() };
      await stack.set(await settings());
      const load = Load.start({ url: stack.url, perSecond: 50, post: "/items" });
      const { ok, output, seconds } = await upByCommand(stack);
      const { sent, failures } = await load.stop();
      await t.annotate(`failed after ${seconds.toFixed(1)} s, ${sent} requests served meanwhile`);
      assert.equal(ok, false);
      assert.match(output, /^ {2}the last \d+ lines of attn_backend_api-[12]-\w+:$/m);
      assert.match(output, tail);
      assert.deepEqual(failures, {});
      // Its health timeout, and what the engine needs to start and to stop.
      assert.ok(
        seconds < patience + Math.max(60, whole),
        `the run took ${seconds} s, the first one ${whole} s`,
      );
      const running = await stack.containers("attn_backend_api");
      assert.ok(before.every(({ id }) => running.some((container) => container.id === id)));
      assert.equal((await json<Ready>(`${stack.url}/ready`)).release, "berth/reference-app:1");

      await stack.set(good);
      await stack.up();
      assert.equal((await stack.containers("attn_backend_api")).length, 2);
      assert.deepEqual(await stack.strays(), []);
      assert.deepEqual(Object.keys((await stack.must("preview")).changes), ["same"]);
    });
  }
});

function overrides(more: Record<string, unknown> = {}) {
  return { attn_backend_api: { startSeconds: patience, ...more } };
}
