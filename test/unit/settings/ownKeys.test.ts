import assert from "node:assert/strict";
import { test } from "vitest";
import { parseSettings, settingsFrom } from "../../../settings.ts";
import { defineSystem, proxy, web } from "../../../systems/define.ts";

const image = "acme/api:1";

test("what settings name beside an image, the image doesn't decide", async () => {
  const backend = async (override: object, images: object = { backend: image }) =>
    (await settingsFrom({ system: "loc8", images, override: { backend: override } }, "/")).services.backend;
  assert.deepEqual((await backend({}))?.candidate, { user: false, port: false, health: false });
  const all = await backend({ user: "5:5", port: 3000, health: "/up" });
  assert.deepEqual(all?.candidate, { user: true, port: true, health: true });
  const command = await backend({ healthCommand: ["true"], root: true, process: "system" });
  assert.deepEqual(command?.candidate, { user: false, port: false, health: true });
  assert.deepEqual([command.root, command.process], [true, "system"]);
  assert.equal((await backend({}, {}))?.candidate, undefined);
});

test("of a system that names its owner's image, what settings name is a release, for which command and jobs are written", () => {
  const system = (own: string) =>
    defineSystem({
      ...{ name: "mine", network: "mine" },
      services: {
        proxy: proxy({ cpus: 1, memory: 64, public: { routes: [{ path: "/", to: "api" }] } }),
        api: web({ cpus: 1, memory: 64, port: 80, ...(own !== "" && { image: own }) }),
      },
      pages: { application: "/" },
    });
  const api = (defined: string, config: object) => {
    const settings = parseSettings({ system: "./mine.ts", ...config }, system(defined));
    const { process, candidate, user } = settings.services.api ?? {};
    return { process, looked: candidate !== undefined, user };
  };
  const [first, images] = ["acme/api:1", { api: "acme/api:2" }];
  const override = (key: object) => ({ images, override: { api: key } });
  const user = "10001:10001";
  assert.deepEqual(api(first, { images }), { process: "system", looked: false, user });
  assert.deepEqual(api(first, {}), { process: undefined, looked: false, user });
  assert.deepEqual(api(first, override({ process: "image" })), { process: "image", looked: true, user });
  assert.deepEqual(api(first, override({ root: true })), { process: "system", looked: true, user });
  // Of Docker Hub's user of that name.
  assert.equal(api("berth/api:1", { images }).process, "system");
  assert.deepEqual(api("", { images }), { process: undefined, looked: true, user });
});

test("only an application's image may be an owner's", async () => {
  const { services } = await settingsFrom({ system: "loc8", images: { redis: image, frontend: image } }, "/");
  assert.deepEqual([services.redis?.candidate, services.frontend?.candidate?.user], [undefined, false]);
});

test.each([
  [
    { override: { backend: { process: "own" } } },
    'override.backend.process: must be one of system, image, got "own"',
  ],
  [{ override: { backend: { root: "yes" } } }, 'override.backend.root: must be true or false, got "yes"'],
  [
    { images: {}, override: { backend: { root: true } } },
    "override.backend.root: must come with an image of your own in images.backend, got true",
  ],
  [
    { images: {}, override: { backend: { process: "system" } } },
    'override.backend.process: must come with an image of your own in images.backend, got "system"',
  ],
  [
    { images: { redis: image }, override: { redis: { root: true } } },
    "override.redis.root: must be left out: only an application runs an image of your own as it is, got true",
  ],
])("refuses %j", async (config, message) => {
  await assert.rejects(settingsFrom({ system: "loc8", images: { backend: image }, ...config }, "/"), {
    message,
  });
});
