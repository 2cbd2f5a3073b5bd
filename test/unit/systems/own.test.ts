import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import { settingsFrom } from "../../../settings.ts";
import { folder, problemsOf, shop } from "./ownRig.ts";

const file = (): string => join(folder, "shop.ts");

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
  assert.deepEqual(await problemsOf(undefined), [
    `system: must be a file that is there, got "${join(folder, "nothing.ts")}"`,
  ]);
});

test("refuses a file that defines no system, or two", async () => {
  const rule = "system: must be a file that exports one system, made with defineSystem";
  assert.deepEqual(await problemsOf("export const shop = { name: 'shop' };"), [`${rule}, got "${file()}"`]);
  const two = `import { defineSystem } from "berth/system";
    const one = (name: string) => defineSystem({ name, network: name, services: {}, pages: {} });
    export const a = one("a"); export const b = one("b");`;
  assert.deepEqual(await problemsOf(two), [`${rule}, got "${file()}"`]);
});

test("refuses what isn't TypeScript, and says where", async () => {
  assert.deepEqual(await problemsOf("export const shop = ;\n"), [
    String.raw`system: must be TypeScript, got "${file()}:1: Unexpected \";\""`,
  ]);
});

test("refuses a file that fails as it runs", async () => {
  assert.deepEqual(await problemsOf('throw new Error("no price list");'), [
    `system: must be a file that runs, got "${file()}: no price list"`,
  ]);
});

test("the file that docs/your-own-system.md prints is a system", async () => {
  const page = await readFile(join(import.meta.dirname, "../../../docs/your-own-system.md"), "utf8");
  const [, printed] = /```ts\n(import[^]*?)```/.exec(page) ?? [];
  assert.ok(printed?.includes("defineSystem"), "the page must print one");
  assert.deepEqual(await problemsOf(printed), []);
});
