import assert from "node:assert/strict";
import { test } from "vitest";
import { settingsFrom } from "../../../settings.ts";
import { defineSystem, onSocket, web, worker } from "../../../systems/define.ts";
import { systemNames } from "../../../systems/index.ts";
import { ownUser } from "../../../systems/ownUser.ts";

const size = { cpus: 1, memory: 128, minMemory: 64 };
const shared = "10001:10001";

const shop = defineSystem({
  name: "shop",
  network: "shop",
  services: {
    api: web({ ...size, port: 8000 }),
    mail: worker(size),
    named: worker({ ...size, user: "1000:1000" }),
    image: worker({ ...size, image: "acme/worker:1" }),
    reader: worker({ ...size, mounts: [{ volume: "uploads", target: "/uploads" }] }),
    owner: worker(size),
    listener: web({
      ...size,
      port: 8000,
      socket: { volume: "sockets", folder: "/run/app" },
      command: onSocket("/run/app", ["gunicorn"]),
    }),
    filled: worker(size),
  },
  jobs: {
    fill: { of: "filled", command: ["true"], only: [{ volume: "uploads", target: "/uploads" }] },
    migrate: { of: "api", command: ["true"] },
  },
  volumes: {
    uploads: { keeps: "data", of: "owner" },
    sockets: { keeps: "shared", of: "listener" },
  },
  pages: {},
});

test("a service that has no file but its own has a user of its own, the same in every run", () => {
  // Whoever runs keeps its number: another one is a new container.
  assert.deepEqual(
    ["api", "mail"].map((name) => ownUser(shop, name)),
    ["11157:10001", "13965:10001"],
  );
  assert.notEqual(ownUser({ ...shop, name: "store" }, "api"), ownUser(shop, "api"));
  assert.equal(ownUser(shop, "nobody"), undefined);
});

test.each([
  ["a system that names its user", "named", "1000:1000"],
  ["an image of somebody's own", "image", shared],
  ["a volume that it mounts", "reader", shared],
  ["a volume that is its own", "owner", shared],
  ["a socket in a volume", "listener", shared],
  ["a volume that a job of it mounts", "filled", shared],
])("%s keeps the user", (_, name, user) => {
  assert.equal(ownUser(shop, name), user);
});

test.each(systemNames)("no two services of %s have a user of their own that is the same", async (system) => {
  const { services } = await settingsFrom({ system }, "/");
  const own = Object.values(services).flatMap(({ user }) =>
    user.endsWith(":10001") && user !== shared ? [user] : [],
  );
  assert.equal(new Set(own).size, own.length, own.join());
  assert.equal(own.length, { attn: 3, vru: 3 }[system as string] ?? 0);
});

test.each([
  ["an image", { images: { "api-gateway": "acme/api:1" } }, shared],
  ["a user", { override: { "api-gateway": { user: "5:5" } } }, "5:5"],
  [
    "a volume",
    { volumes: { "api-gateway": { uploads: "/uploads" } }, replicas: { "api-gateway": 1 } },
    shared,
  ],
])("where settings name %s, the user is another's to say", async (_, config, user) => {
  const { services } = await settingsFrom({ system: "attn", ...config }, "/");
  assert.equal(services["api-gateway"]?.user, user);
  assert.equal(services["face-recognition"]?.user, "19048:10001");
});
