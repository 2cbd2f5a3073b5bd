import { isIP } from "node:net";
import type { Graph, Registered } from "../harness.ts";
import { marker } from "./pool.ts";

const container = "docker:index/container:Container";

/** What is wrong with a graph that any system on any host may have, a line each. */
export function graphProblems(graph: Graph): string[] {
  const urns = graph.resources.map(({ urn }) => urn);
  const known = new Set(urns);
  return [
    ...urns.filter((urn, index) => urns.indexOf(urn) < index).map((urn) => `${urn}: registered twice`),
    ...graph.resources.flatMap((resource) => [
      ...strangers(resource, known).map((urn) => `${resource.urn}: ${urn} isn't registered`),
      ...(resource.custom ? shownIn(resource) : []),
    ]),
    ...graph.ofType(container).flatMap(containerProblems),
    ...(typeof graph.outputs.urls === "object" ? [] : ["urls: missing in the outputs"]),
  ];
}

function strangers({ parent, options }: Registered, known: ReadonlySet<string>): string[] {
  return [parent, ...options.dependsOn].filter((urn) => urn !== "" && !known.has(urn));
}

/** Plain inputs that hold what is a secret. */
function shownIn({ urn, inputs, secrets }: Registered): string[] {
  const isHidden = (path: string) => secrets.some((one) => path === one || path.startsWith(`${one}.`));
  return leaves(inputs)
    .filter(([path, text]) => text.includes(marker) && !isHidden(path))
    .map(([path]) => `${urn}: ${path} shows a secret`);
}

function leaves(value: unknown, path = ""): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === "" ? key : `${path}.${key}`));
}

/** What Docker refuses of a container (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container). */
function containerProblems({ name, inputs }: Registered): string[] {
  const list = (key: string) => (inputs[key] ?? []) as Record<string, unknown>[];
  const twice = (what: string, all: unknown[]) =>
    all
      .filter((one, index) => all.indexOf(one) < index)
      .map((one) => `${name}: ${what} ${String(one)} twice`);
  const variables = ((inputs.envs ?? []) as string[]).filter((one) => typeof one === "string");
  const targets = [...list("mounts").map(({ target }) => target), ...Object.keys(inputs.tmpfs ?? {})];
  const ports = list("ports").map(({ ip, external }) => `${String(ip)}:${String(external)}`);
  const places = list("ports").flatMap(({ ip }) => (typeof ip === "string" && isIP(ip) === 0 ? [ip] : []));
  return [
    ...twice("mount", targets),
    ...twice("port", ports),
    ...places.map((ip) => `${name}: a port at ${ip}, which is no address`),
    ...twice(
      "variable",
      variables.map((one) => one.split("=")[0]),
    ),
    ...variables
      .filter((one) => !one.includes("=") || one.includes("\0"))
      .map((one) => `${name}: variable ${one}`),
    ...(Number(inputs.memory) >= 6 || inputs.memory === undefined
      ? []
      : [`${name}: memory below Docker's least`]),
  ];
}
