import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { json } from "../tools/http.ts";
import { Visitor } from "../tools/visitor.ts";
import { until } from "../tools/wait.ts";

/** Hands DocsAI two documents, as a person does. */
export async function uploadDocuments(url: string): Promise<void> {
  const visitor = new Visitor(url);
  for (const [title, size] of [
    ["Report", 300_000],
    ["Plan", 10],
  ] as const) {
    const file = new File([new Uint8Array(size).fill(66)], `${title}.txt`);
    assert.equal((await visitor.form("/upload", { title, file }, "/")).status, 302);
  }
}

/** DocsAI's documents by title, each with the hash of its file as the public gets it. */
export async function documents(url: string): Promise<Record<string, string>> {
  const { documents: found } = await until("documents", 120, () =>
    json<{ documents: { title: string; url: string }[] }>(`${url}/api/documents`),
  );
  const hashes = found.map(async ({ title, url: path }) => {
    const file = Buffer.from(await (await fetch(url + path)).arrayBuffer());
    return [title, createHash("sha256").update(file).digest("hex")] as const;
  });
  return Object.fromEntries(await Promise.all(hashes));
}
