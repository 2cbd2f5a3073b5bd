import { showKey } from "../../../lib/problems.ts";
import { parseSettings } from "../../../settings.ts";
import type { SystemDefinition } from "../../../systems/define.ts";
import { problemsIn } from "../../../cli/refusal.ts";

type Map = Record<string, unknown>;

/** So often is something taken away until nothing is wrong. */
const most = 30;

/** The config without what is refused of it. What a host can't do without becomes what `least` has. */
export function mended(config: Map, system: SystemDefinition, least: Map): Map {
  const result = structuredClone(config);
  for (let round = 0; round < most; round++) {
    const problems = problemsOf(result, system);
    if (problems.length === 0) break;
    for (const path of problems.map((problem) => placeOf(result, problem))) take(result, path, least);
  }
  return result;
}

function problemsOf(config: Map, system: SystemDefinition): readonly string[] {
  try {
    parseSettings(config, system);
    return [];
  } catch (error) {
    const problems = problemsIn(error);
    if (problems === undefined) throw error;
    return problems;
  }
}

/** Where `a.b: must …` points to, as far as there is something. */
function placeOf(value: unknown, problem: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  for (const [key, inner] of Object.entries(value)) {
    const name = showKey(key);
    if (problem.startsWith(`${name}: `)) return [key];
    if (problem.startsWith(`${name}.`)) return [key, ...placeOf(inner, problem.slice(name.length + 1))];
  }
  return [];
}

function take(config: Map, path: string[], least: Map): void {
  const [key = "host", part = "", ...rest] = path;
  if (key !== "host") {
    takeAt(config, path);
    return;
  }
  const host = config.host as Map;
  // A machine that lacks something for those beside it goes on without them.
  if (part === "") for (const other of ["hosts", "placement", "swarm"]) Reflect.deleteProperty(config, other);
  else if (part in least) host[part] = least[part];
  else takeAt(host, [part, ...rest]);
}

function takeAt(holder: Map, path: string[]): void {
  const last = path.at(-1);
  const inside = path.slice(0, -1).reduce<unknown>((inner, key) => (inner as Map | undefined)?.[key], holder);
  if (Array.isArray(inside)) inside.splice(Number(last), 1);
  else if (inside !== undefined && last !== undefined) Reflect.deleteProperty(inside as Map, last);
}
