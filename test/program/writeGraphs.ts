import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { details, recorded, summary } from "./record.ts";

/**
 * `npm run graphs` writes the record anew; `npm run graphs -- FOLDER` writes every input of every resource there, so
 * that two commits can be compared with `diff -r`.
 */
const [folder] = process.argv.slice(2);
const target = folder ?? join(import.meta.dirname, "graphs");
mkdirSync(target, { recursive: true });
for (const { name, graph } of recorded) {
  const made = await graph();
  writeFileSync(join(target, `${name}.txt`), folder === undefined ? summary(made) : details(made));
}
