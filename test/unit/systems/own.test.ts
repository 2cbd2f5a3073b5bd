import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { SettingsError } from "../../../lib/problems.ts";
import { settingsFrom } from "../../../settings.ts";

const shop = join(import.meta.dirname, "../../../examples/shop/shop.ts");
let folder: string;
beforeAll(async () => {
  // Outside the checkout, with nothing installed.
  folder = await mkdtemp(join(tmpdir(), "berth-own-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function problemsOf(text: string | undefined, config: object = {}): Promise<readonly string[]> {
  if (text !== undefined) await writeFile(join(folder, "shop.ts"), text);
  const system = text === undefined ? "./nothing.ts" : "./shop.ts";
  try {
    await settingsFrom({ system, ...config }, folder);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test("a file anywhere is a system, and settings are checked against it", async () => {
  const text = await readFile(shop, "utf8");
  await writeFile(join(folder, "shop.ts"), text);
  const { system, services, rates } = await settingsFrom(
    { system: "./shop.ts", replicas: { api: 3 } },
    folder,
  );
  assert.equal(system, "shop");
  assert.deepEqual(Object.keys(services), ["nginx", "api", "orders", "database", "queue"]);
  assert.equal(services.api?.replicas, 3);
  assert.deepEqual(rates.api, { requests: 50, per: "second", burst: 100 });
  assert.deepEqual(await problemsOf(text, { replicas: { database: 2, apy: 1 } }), [
    "replicas.database: must be a whole number from 1 to 1, got 2",
    "replicas.apy: unknown key; known: nginx, api, orders, database, queue",
  ]);
});

test("refuses a file that isn't there", async () => {
  assert.deepEqual(await problemsOf(undefined), ['system: must be a file that is there, got "./nothing.ts"']);
});

test("refuses a file that defines no system, or two", async () => {
  const rule = "system: must be a file that exports one system, made with defineSystem";
  assert.deepEqual(await problemsOf("export const shop = { name: 'shop' };"), [`${rule}, got "./shop.ts"`]);
  const two = `import { defineSystem } from "berth/system";
    const one = (name: string) => defineSystem({ name, network: name, services: {}, pages: {} });
    export const a = one("a"); export const b = one("b");`;
  assert.deepEqual(await problemsOf(two), [`${rule}, got "./shop.ts"`]);
});

test("refuses what isn't TypeScript, and says where", async () => {
  assert.deepEqual(await problemsOf("export const shop = ;\n"), [
    'system: must be TypeScript, got "./shop.ts:1: Unexpected \\";\\""',
  ]);
});

test("refuses a file that fails as it runs", async () => {
  assert.deepEqual(await problemsOf('throw new Error("no price list");'), [
    'system: must be a file that runs, got "./shop.ts: no price list"',
  ]);
});

test("finds names that nothing has in a file that nobody compiled, all at once", async () => {
  const text = (await readFile(shop, "utf8"))
    .replace('{ path: "/", to: "api" }', '{ path: "/", to: "apo" }')
    .replace('after: ["api-migration"]', 'after: ["migration"]')
    .replace('in: "queue"', 'in: "quee"')
    .replace('name: "shop"', 'name: "The Shop"');
  const services = "nginx, api, orders, database, queue";
  assert.deepEqual(await problemsOf(text), [
    'system.name: must be lower-case letters, digits and dashes, at most 32, got "The Shop"',
    `system.services.nginx.public.routes: must be one of its services, ${services}, got "apo"`,
    'system.services.api.after: must be one of its jobs, api-migration, got "migration"',
    `system.queues.orders.in: must be one of its services, ${services}, got "quee"`,
  ]);
});
