import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SystemDefinition } from "../systems/define.ts";
import { callsOf, rowsOf } from "../systems/facts.ts";
import { systems } from "../systems/index.ts";

/** Draws each system from its definition into its page: `npm run docs`. */
const folder = join(import.meta.dirname, "systems");
const marks = ["<!-- diagram, made by npm run docs -->", "<!-- end of diagram -->"] as const;

/** A system's services, and who calls whom, as https://mermaid.js.org draws them. */
export function diagram(system: SystemDefinition): string {
  const rows = rowsOf(system, { watched: false, certified: false, backed: false });
  const names = Object.keys(rows);
  const boxes = Object.entries(rows).map(([name, { replicas, keepsData }]) => {
    const title = replicas > 1 ? `${name} ×${replicas}` : name;
    return `  ${id(name)}${keepsData === true ? `[("${title}")]` : `["${title}"]`}`;
  });
  const entries = Object.entries(system.services).filter(([, service]) => service.public !== undefined);
  const people = entries.map(([name]) => `  people(("people")) --> ${id(name)}`);
  const edges = names.flatMap((name) => {
    const called = new Set(callsOf(system, name, false));
    return names.filter((other) => called.has(other)).map((other) => `  ${id(name)} --> ${id(other)}`);
  });
  return ["```mermaid", "flowchart LR", ...boxes, ...people, ...edges, "```"].join("\n");
}

/** Mermaid's ids hold no hyphen before an arrow. */
function id(service: string): string {
  return service.replaceAll("-", "_");
}

/** The page with its diagram as the system is now; nothing where it has no page or its page no place for one. */
export function pageOf(system: SystemDefinition): { file: string; now: string; wanted: string } | undefined {
  const file = join(folder, `${system.name}.md`);
  if (!existsSync(file)) return undefined;
  const now = readFileSync(file, "utf8");
  const [begin, end] = [now.indexOf(marks[0]), now.indexOf(marks[1])];
  if (begin < 0 || end < begin) return undefined;
  const wanted = `${now.slice(0, begin + marks[0].length)}\n\n${diagram(system)}\n\n${now.slice(end)}`;
  return { file, now, wanted };
}

if (process.argv[1] === import.meta.filename) {
  for (const system of Object.values(systems)) {
    const page = pageOf(system);
    if (page !== undefined) writeFileSync(page.file, page.wanted);
  }
}
