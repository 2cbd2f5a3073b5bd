import { readFile, writeFile } from "node:fs/promises";
import { parse, parseDocument } from "yaml";
import type { Capacity } from "../../components/hosts/host.ts";
import { isMap } from "../overrides.ts";

export interface Learnt {
  hostKey: string;
  capacity: Capacity;
}

/** The stack file's text with what setup learnt of the host at this path; comments and everything else stay. */
export function withLearnt(text: string, path: readonly string[], learnt: Learnt): string {
  if (knows(parse(text), path, learnt)) return text;
  const { hostKey, capacity } = learnt;
  const document = parseDocument(text);
  const host = ["config", ...path];
  document.setIn([...host, "hostKey"], hostKey);
  document.setIn([...host, "capacity"], document.createNode(capacity, { flow: true }));
  return document.toString({ lineWidth: 0 });
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
  if (after !== before) await writeFile(file, after);
  return after !== before;
}
