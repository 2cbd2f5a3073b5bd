import { readFile } from "node:fs/promises";
import { parse, parseDocument, stringify } from "yaml";
import type { Capacity } from "../../components/containers/host.ts";
import type { LogDriverName } from "../../components/containers/logDrivers.ts";
import { isMap, settingsOf } from "../overrides.ts";
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

/**
 * A stack file's text with its containers' logs in the journals that setup has bounded. As it is for a machine beside the
 * stack's own, where the file says anything of logs, and where the server was prepared before: then containers may run
 * there, and another driver makes each of them anew.
 */
export function withJournal(text: string, path: readonly string[]): string {
  if (path.join() !== "berth:host") return text;
  const document = documentOf(text, "the stack's file");
  const { host, logging } = settingsOf(configIn(text));
  if (logging !== undefined || (isMap(host) && host.capacity !== undefined)) return text;
  const value = parseDocument(`{ driver: ${journald} }`, { schema: "failsafe" }).contents;
  document.setIn(["config", keyIn(document, "logging")], value);
  return textOf(document);
}

const journald: LogDriverName = "journald";

function configIn(text: string): Record<string, unknown> {
  const content: unknown = parse(text);
  return isMap(content) && isMap(content.config) ? content.config : {};
}

function knows(content: unknown, path: readonly string[], learnt: Learnt): boolean {
  const host = ["config", ...path].reduce((inner, key) => (isMap(inner) ? inner[key] : undefined), content);
  if (!isMap(host)) return false;
  return JSON.stringify([host.hostKey, host.capacity]) === JSON.stringify([learnt.hostKey, learnt.capacity]);
}

/** Writes what setup learnt and did into the stack's file. Returns what wasn't there yet, in words. */
export async function writeLearnt(file: string, path: readonly string[], learnt: Learnt): Promise<string[]> {
  const before = await readFile(file, "utf8");
  const journaled = withJournal(before, path);
  const after = withLearnt(journaled, path, learnt);
  if (after !== before) await replaceFile(file, after);
  return [
    ...(after === journaled ? [] : ["its host key and size"]),
    ...(journaled === before ? [] : ["that containers log into its journal"]),
  ];
}
