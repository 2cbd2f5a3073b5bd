import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const shop = join(import.meta.dirname, "../../examples/shop/shop.ts");

/** The longest name that a service may have. */
export function long(name: string): string {
  return name.padEnd(63, "-of-the-shop");
}

/** A file in this folder with the shop, whose services and job have the longest names there may be. */
export async function longShop(folder: string): Promise<string> {
  const names = ["nginx", "api", "orders", "database", "queue"];
  const kinds = { nginx: "proxy", api: "web", orders: "worker", database: "postgres", queue: "redis" };
  const named = names.flatMap((name): [string, string][] => {
    const quoted = JSON.stringify(long(name));
    const keys = Object.entries(kinds).filter(([key]) => key === name);
    return keys.map(([key, kind]) => [`    ${key}: ${kind}(`, `    ${quoted}: ${kind}(`]);
  });
  const [api, database, queue] = [long("api"), long("database"), long("queue")];
  const changes: [string, string][] = [
    ...named,
    ['to: "api"', `to: "${api}"`],
    ['of: "api"', `of: "${api}"`],
    ['uses: ["database", "queue"]', `uses: ["${database}", "${queue}"]`],
    ['in: "queue"', `in: "${queue}"`],
    ['"api-migration"', JSON.stringify(long("migration"))],
  ];
  let text = await readFile(shop, "utf8");
  for (const [old, now] of changes) {
    assert.ok(text.includes(old), old);
    text = text.replaceAll(old, now);
  }
  const file = join(folder, "shop.ts");
  await writeFile(file, text);
  return file;
}
