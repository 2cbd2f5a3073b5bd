import { readFile } from "node:fs/promises";
import { parse, parseDocument, stringify } from "yaml";
import type { Capacity } from "../../components/containers/host.ts";
import { isMap } from "../overrides.ts";
import { replaceFile } from "../replaceFile.ts";
import { keyIn, override } from "../stackFile/overrides.ts";
import { documentOf, textOf } from "../stackFile/written.ts";

export interface Learnt {
  hostKey: string;
  capacity: Capacity;
}

/** The stack file's text with what setup learnt of the host at this path; comments and everything else stay. */
export function withLearnt(text: string, path: readonly string[], learnt: Learnt): string {
  const document = documentOf(text, "the stack's file");
  const [name = "", ...rest] = path;
  const place = [keyIn(document, name), ...rest];
  if (knows(parse(text), place, learnt)) return text;
  const { hostKey, capacity } = learnt;
  // Has a map at the path, whatever form the file has it in.
  override(document, { path: [...place, "hostKey"], value: hostKey }, {}, "the stack's file");
  // Without quotes, as people write it.
  const values = stringify({ hostKey, capacity }, { collectionStyle: "flow", lineWidth: 0 });
  const nodes = parseDocument(values, { schema: "failsafe" });
  for (const key of ["hostKey", "capacity"]) document.setIn(["config", ...place, key], nodes.get(key, true));
  return textOf(document);
}

function knows(content: unknown, path: readonly string[], learnt: Learnt): boolean {
  const host = ["config", ...path].reduce((inner, key) => (isMap(inner) ? inner[key] : undefined), content);
  if (!isMap(host)) return false;
  return JSON.stringify([host.hostKey, host.capacity]) === JSON.stringify([learnt.hostKey, learnt.capacity]);
}

/** Writes what setup learnt into the stack's file; true when it wasn't there yet. */
export async function writeLearnt(file: string, path: readonly string[], learnt: Learnt): Promise<boolean> {
  const before = await readFile(file, "utf8");
  const after = withLearnt(before, path, learnt);
  if (after !== before) await replaceFile(file, after);
  return after !== before;
}
