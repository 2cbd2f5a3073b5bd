import assert from "node:assert/strict";
import { test } from "vitest";
import { imagesHere } from "../../../cli/ready.ts";
import { parseSettings } from "../../../settings.ts";
import { gceLeast } from "../../program/cloudSettings.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const api = `registry.example/api@${digest("c")}`;
const config = { system: "loc8", images: { backend: api, frontend: "registry.example/web:1" } };
const locked = new Map([
  ["nginx:1.30", digest("a")],
  ["redis:7", digest("b")],
]);

// The two images may be owners', which are asked for their health by busybox.
test("this machine's Docker is to have all that runs here, by digest where that is locked", () => {
  assert.deepEqual(imagesHere(parseSettings(config), locked), [
    { reference: "nginx:1.30", pulled: `nginx@${digest("a")}` },
    { reference: api, pulled: api },
    { reference: "registry.example/web:1", pulled: "registry.example/web:1" },
    { reference: "postgres:15", pulled: "postgres:15" },
    { reference: "redis:7", pulled: `redis@${digest("b")}` },
    { reference: "busybox:1.37-musl", pulled: "busybox:1.37-musl" },
  ]);
});

test("for another machine it is to have only what that one is sent", () => {
  assert.deepEqual(imagesHere(parseSettings({ ...config, host: gceLeast }), locked), [
    { reference: "registry.example/web:1", pulled: "registry.example/web:1" },
    { reference: "postgres:15", pulled: "postgres:15" },
    { reference: "busybox:1.37-musl", pulled: "busybox:1.37-musl" },
  ]);
});

test("an image that a way back has given its name is asked for where it is to run, and nowhere else", () => {
  const settings = {
    ...config,
    images: { ...config.images, frontend: "berth-release/frontend:0123456789ab" },
  };
  const here = (more = {}) =>
    imagesHere(parseSettings({ ...settings, ...more }), locked).map(({ reference }) => reference);
  assert.ok(here().includes(settings.images.frontend));
  assert.ok(!here({ host: gceLeast }).includes(settings.images.frontend));
});

test("what a cloud's machine pulls as itself isn't had here, unless settings name a login", () => {
  const registry = "europe-docker.pkg.dev";
  const web = `${registry}/acme/team/web:1`;
  const settings = { ...config, images: { backend: api, frontend: web }, host: gceLeast };
  const here = (more = {}) =>
    imagesHere(parseSettings({ ...settings, ...more }), locked).map(({ reference }) => reference);
  assert.deepEqual(here(), ["postgres:15", "busybox:1.37-musl"]);
  const registries = { [registry]: { username: "robot", password: "x" } };
  assert.deepEqual(here({ registries }), [web, "postgres:15", "busybox:1.37-musl"]);
});
