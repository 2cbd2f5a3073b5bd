import type { Graph } from "../harness.ts";

const container = "docker:index/container:Container";

interface Upload {
  file: string;
  content?: string;
}

/** The text of each `nginx.conf` that a graph brings to a proxy: what it starts with, and what it is switched to. */
export function proxyConfigurations(graph: Graph): string[] {
  const uploads = graph.ofType(container).flatMap(({ inputs }) => (inputs.uploads ?? []) as Upload[]);
  return uploads
    .filter(({ file }) => /\/(?:boot|nginx)\.conf$/.test(file))
    .map(({ content }) => content ?? "");
}
