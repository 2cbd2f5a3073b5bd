import assert from "node:assert/strict";
import { test } from "vitest";
import { parseSettings, SettingsError } from "../../../settings.ts";

function problemsOf(config: Record<string, unknown>): readonly string[] {
  try {
    parseSettings(config);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const absolute = 'must be an absolute path such as "/app/data", not "/" alone';
const name = "must be a name of letters, digits and dashes, at most 40";

function taken(place: string): string {
  return `must be neither inside nor above ${place}, which is taken`;
}

const cases: [what: string, system: string, volumes: unknown, problems: string[]][] = [
  [
    "a service that runs no application",
    "loc8",
    { postgres: { data: "/data" } },
    ["volumes.postgres: unknown key; known: backend, frontend"],
  ],
  [
    "no map",
    "loc8",
    { backend: "/data" },
    ['volumes.backend: must be a map such as { data: "/app/data" }, got "/data"'],
  ],
  ["a relative path", "loc8", { backend: { data: "app" } }, [`volumes.backend.data: ${absolute}, got "app"`]],
  ["the root", "loc8", { backend: { data: "/" } }, [`volumes.backend.data: ${absolute}, got "/"`]],
  [
    "a path that goes up",
    "loc8",
    { backend: { data: "/a/../etc" } },
    [`volumes.backend.data: ${absolute}, got "/a/../etc"`],
  ],
  [
    "a path with a colon",
    "loc8",
    { backend: { data: "/a:ro" } },
    [`volumes.backend.data: ${absolute}, got "/a:ro"`],
  ],
  ["a name with a slash", "loc8", { backend: { "a/b": "/a" } }, [`volumes.backend.a/b: ${name}`]],
  ["an empty name", "loc8", { backend: { "": "/a" } }, [`volumes.backend."": ${name}`]],
  [
    "our files",
    "loc8",
    { backend: { data: "/etc/berth/x" } },
    [`volumes.backend.data: ${taken("/etc/berth")}, got "/etc/berth/x"`],
  ],
  [
    "what is above our files",
    "loc8",
    { backend: { data: "/etc" } },
    [`volumes.backend.data: ${taken("/etc/berth")}, got "/etc"`],
  ],
  [
    "what is in memory",
    "loc8",
    { backend: { data: "/tmp" } },
    [`volumes.backend.data: ${taken("/tmp")}, got "/tmp"`],
  ],
  [
    "a volume of the system's",
    "arv",
    { app: { data: "/var/www/content/x" } },
    [`volumes.app.data: ${taken("/var/www/content")}, got "/var/www/content/x"`],
  ],
  [
    "the folder of a socket",
    "docsai",
    { app: { data: "/run/app" } },
    [`volumes.app.data: ${taken("/run/app")}, got "/run/app"`],
  ],
  [
    "one path twice",
    "loc8",
    { backend: { a: "/data", b: "/data" } },
    ['volumes.backend.b: must be another path: there is a volume already, got "/data"'],
  ],
  [
    "the name of another volume",
    "docsai",
    { app: { sockets: "/data" } },
    ['volumes.app.sockets: must have another name: there is a "app-sockets", got "/data"'],
  ],
  [
    "the name of the service's files",
    "loc8",
    { backend: { files: "/data" } },
    ['volumes.backend.files: must have another name: there is a "backend-files", got "/data"'],
  ],
];

test.each(cases)("refuses %s", (_, system, volumes, problems) => {
  assert.deepEqual(problemsOf({ system, volumes }), problems);
});

const volumes = { backend: { data: "/app/data", logs: "/app/logs" } };

test("a service with volumes has one replica unless settings want more, which is refused", () => {
  const { services } = parseSettings({ system: "loc8", volumes });
  assert.deepEqual(services.backend?.volumes, volumes.backend);
  assert.equal(services.backend.replicas, 1);
  assert.equal(parseSettings({ system: "loc8", volumes: { backend: {} } }).services.backend?.replicas, 2);
  assert.deepEqual(problemsOf({ system: "loc8", volumes, replicas: { backend: 2 } }), [
    "replicas.backend: must be 1, for volumes.backend has one writer at a time, got 2",
  ]);
});
