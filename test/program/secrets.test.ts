import assert from "node:assert/strict";
import { test } from "vitest";
import type { Graph } from "./harness.ts";
import { localStack } from "./localStack.ts";

const containerType = "docker:index/container:Container";
const passwordType = "random:index/randomPassword:RandomPassword";

function envs(graph: Graph, container: string): string[] {
  return graph.the(containerType, container).inputs.envs as string[];
}

/** A service's files by name, and whether the engine keeps them as secrets. */
function files(graph: Graph, carrier: string): Record<string, [content: string, secret: boolean]> {
  const { inputs, secrets } = graph.the(containerType, carrier);
  const uploads = inputs.uploads as { file: string; content: string }[];
  return Object.fromEntries(
    uploads.map(({ file, content }, index): [string, [string, boolean]] => {
      const paths = ["uploads", `uploads.${index}`, `uploads.${index}.content`];
      return [file.split("/").at(-1) ?? "", [content, secrets.some((path) => paths.includes(path))]];
    }),
  );
}

const key = "sk_live_${postgres.password}$1";

test("an owner's secret is a secret file of its service and no other, word for word, and a variable nowhere", async () => {
  const graph = await localStack({ system: "loc8", secrets: { backend: { PAYMENT_KEY: key } } });
  assert.deepEqual(files(graph, "backend-files").payment_key, [key, true]);
  assert.ok(envs(graph, "backend-1").includes("PAYMENT_KEY_FILE=/etc/berth/payment_key"));
  assert.equal(
    envs(graph, "backend-1").some((each) => each.startsWith("PAYMENT_KEY=")),
    false,
  );
  assert.doesNotMatch(JSON.stringify(envs(graph, "frontend-1")), /PAYMENT_KEY/);
});

test("it is a variable too where a service reads no files, and preview says so", async () => {
  const override = { frontend: { secretsInEnvironment: true } };
  const graph = await localStack({ system: "loc8", override, secrets: { PAYMENT_KEY: key } });
  assert.ok(envs(graph, "frontend-1").includes(`PAYMENT_KEY=${key}`));
  assert.ok(graph.the(containerType, "frontend-1").secrets.some((path) => path.startsWith("envs")));
  assert.equal(
    envs(graph, "backend-1").some((each) => each.startsWith("PAYMENT_KEY=")),
    false,
  );
});

test("a generated one is made once for all that share it, and one of a service for itself alone", async () => {
  const secrets = { SESSION_KEY: "generate", backend: { OWN_KEY: "generate" } };
  const graph = await localStack({ system: "loc8", secrets });
  const made = graph.ofType(passwordType).map(({ name, inputs }) => [name, inputs.length]);
  assert.deepEqual(made.filter(([name]) => /session|own/.test(String(name))).sort(), [
    ["all-session-key", 64],
    ["backend-own-key", 64],
  ]);
  const [backend, frontend] = [files(graph, "backend-files"), files(graph, "frontend-files")];
  assert.deepEqual(backend.session_key, frontend.session_key);
  assert.equal(backend.own_key?.[1], true);
  assert.equal(frontend.own_key, undefined);
});

test("one of the system's own variables takes the place of what the system generates, in jobs too", async () => {
  const graph = await localStack({ system: "docsai", secrets: { app: { SECRET_KEY: "brought along" } } });
  assert.deepEqual(files(graph, "app-files").secret_key, ["brought along", true]);
  assert.deepEqual(files(graph, "app-migration-files").secret_key, ["brought along", true]);
});
