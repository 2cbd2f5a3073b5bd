import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SystemName } from "../systems/catalog.ts";
import { catalog, systemNames } from "../systems/catalog.ts";
import { localStack } from "../test/program/localStack.ts";
import type { Graph, Registered } from "../test/program/harness.ts";

/** Draws each system from its own program into its page: `npm run docs`. */
const folder = join(import.meta.dirname, "systems");
const marks = ["<!-- diagram, made by npm run docs -->", "<!-- end of diagram -->"] as const;

const containerType = "docker:index/container:Container";
const volumeType = "docker:index/volume:Volume";

/** A system's services, and who is told of whom, as https://mermaid.js.org draws them. */
export async function diagram(system: SystemName): Promise<string> {
  const graph = await localStack({ system });
  const containers = graph.of(containerType);
  const serving = containers.filter((one) => label(one, "role") === "service");
  const present = new Set(serving.map((one) => label(one, "service")));
  const services = Object.keys(catalog[system]).filter((service) => present.has(service));
  const stores = new Set(
    [
      ...graph.of(volumeType).filter((one) => label(one, "role") === "data"),
      ...containers.filter(isFolder),
    ].map((one) => label(one, "service")),
  );
  const boxes = services.map((service) => {
    const replicas = serving.filter((one) => label(one, "service") === service).length;
    const title = replicas > 1 ? `${service} ×${replicas}` : service;
    return `  ${id(service)}${stores.has(service) && !readers.includes(service) ? `[("${title}")]` : `["${title}"]`}`;
  });
  const edges = services.flatMap((service) => {
    const told = texts(graph, service).join("\n");
    return services
      .filter((other) => other !== service && tells(told, other))
      .map((other) => `  ${id(service)} --> ${id(other)}`);
  });
  const doors = serving
    .filter(({ inputs }) => Array.isArray(inputs.ports) && inputs.ports.length > 0)
    .map((one) => `  people(("people")) --> ${id(label(one, "service"))}`);
  return ["```mermaid", "flowchart LR", ...boxes, ...doors, ...edges, "```"].join("\n");
}

/** They have files of people's, which doesn't make them stores. */
const readers = ["app", "ml-engine"];

/** A container that is never started and makes a folder of the machine, see `DataFolder`. */
function isFolder({ inputs }: Registered): boolean {
  return inputs.start === false && Array.isArray(inputs.volumes) && inputs.volumes.length > 0;
}

/** All that a service's containers are told: words, variables, and the files on the volumes they mount. */
function texts(graph: Graph, service: string): string[] {
  const containers = graph.of(containerType);
  const own = containers.filter(
    (one) => label(one, "service") === service && ["service", "job"].includes(label(one, "role")),
  );
  const volumes = new Set(own.flatMap(sources));
  const files = containers.filter(
    (one) => label(one, "role") === "files" && sources(one).some((source) => volumes.has(source)),
  );
  const uploads = files.flatMap(({ inputs }) => (inputs.uploads as { content?: string }[] | undefined) ?? []);
  return [
    ...own.flatMap(({ inputs }) => (inputs.envs as string[] | undefined) ?? []),
    ...own.flatMap(({ inputs }) => (inputs.command as string[] | undefined) ?? []),
    ...uploads.map(({ content }) => content ?? ""),
  ];
}

function sources({ inputs }: Registered): string[] {
  return ((inputs.mounts as { source?: string }[] | undefined) ?? []).flatMap(({ source }) => source ?? []);
}

/** In a URL, in PostgreSQL's parts, as one of a proxy's upstreams, or as one of Prometheus's targets. */
function tells(told: string, service: string): boolean {
  const name = service.replaceAll(/[.-]/g, "\\$&");
  const forms = [
    `//(?:[^@/\\s"]*@)?${name}[:/]`,
    `^DATABASE_HOST=${name}$`,
    `^DATA_SOURCE_URI=${name}:`,
    `^\\s*upstream ${name} \\{`,
    `^\\s*- ${name}:\\d+$`,
    `^\\s*"${name}-\\d+[^":]*:\\d+",?$`,
  ];
  return new RegExp(forms.join("|"), "m").test(told);
}

function label({ inputs }: Registered, key: string): string {
  const labels = (inputs.labels as { label: string; value: string }[] | undefined) ?? [];
  return labels.find((each) => each.label === `berth.${key}`)?.value ?? "";
}

/** Mermaid's ids hold no hyphen before an arrow. */
function id(service: string): string {
  return service.replaceAll("-", "_");
}

/** The page with its diagram as the program has it now; nothing where a system has no page or its page no place for one. */
export async function pageOf(
  system: SystemName,
): Promise<{ file: string; now: string; wanted: string } | undefined> {
  const file = join(folder, `${system}.md`);
  if (!existsSync(file)) return undefined;
  const now = readFileSync(file, "utf8");
  const [begin, end] = [now.indexOf(marks[0]), now.indexOf(marks[1])];
  if (begin < 0 || end < begin) return undefined;
  const wanted = `${now.slice(0, begin + marks[0].length)}\n\n${await diagram(system)}\n\n${now.slice(end)}`;
  return { file, now, wanted };
}

if (process.argv[1] === import.meta.filename) {
  for (const system of systemNames) {
    const page = await pageOf(system);
    if (page !== undefined) writeFileSync(page.file, page.wanted);
  }
}
