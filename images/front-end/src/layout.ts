import type { Answer, Dependency, Ready } from "./api.ts";

export type State = "ok" | "broken" | "unknown";

export interface Node {
  id: string;
  title: string;
  kind: string;
  detail: string;
  state: State;
  x: number;
  y: number;
}

export interface Edge {
  from: Node;
  to: Node;
  state: State;
}

export interface Layout {
  nodes: Node[];
  edges: Edge[];
  width: number;
  height: number;
}

export const box = { width: 208, height: 62 };
const column = 258;
const row = 84;
const margin = 12;

/** Browser → proxy → service → what it uses → what those use: a tree, drawn from left to right. */
export function layOut(answer: Answer<Ready> | undefined, map: Ready | undefined): Layout {
  const ready = answer?.body?.dependencies ? answer.body : undefined;
  const reached: State = answer === undefined ? "unknown" : ready ? "ok" : "broken";
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  let nextRow = 0;

  const place = (node: Omit<Node, "x" | "y">, depth: number, children: Dependency[], path: string): Node => {
    const placed = children.map((child) => {
      const at = `${path}/${child.name}`;
      return place(dependencyNode(child, at), depth + 1, child.dependencies ?? [], at);
    });
    const first = placed[0];
    const last = placed.at(-1);
    const y = first && last ? (first.y + last.y) / 2 : margin + nextRow++ * row;
    const result: Node = { ...node, x: margin + depth * column, y };
    nodes.push(result);
    for (const child of placed) edges.push({ from: result, to: child, state: child.state });
    return result;
  };

  const service = place(
    {
      id: "service",
      title: ready?.service ?? "service",
      kind: "service",
      detail: ready ? `${ready.release} · ${ready.host.slice(0, 12)}` : (answer?.error ?? "asking …"),
      state: ready ? (ready.status === "ready" ? "ok" : "broken") : reached,
    },
    2,
    nest(ready?.dependencies ?? [], map),
    "service",
  );
  const browser: Node = {
    id: "browser",
    title: "this browser",
    kind: "browser",
    detail: location.host,
    state: "ok",
    x: margin,
    y: service.y,
  };
  const proxyState: State = answer === undefined ? "unknown" : answer.status === 0 ? "broken" : "ok";
  const proxy: Node = {
    id: "proxy",
    title: "proxy",
    kind: "proxy",
    detail: answer && answer.status > 0 ? `${answer.took} ms` : (answer?.error ?? ""),
    state: proxyState,
    x: margin + column,
    y: service.y,
  };
  nodes.push(browser, proxy);
  edges.push({ from: browser, to: proxy, state: proxyState }, { from: proxy, to: service, state: reached });
  const right = Math.max(...nodes.map(({ x }) => x));
  const bottom = Math.max(...nodes.map(({ y }) => y));
  return { nodes, edges, width: right + box.width + margin, height: bottom + box.height + margin };
}

/** The states are those of /ready, asked every second; the map adds what lies behind the peers. */
function nest(dependencies: Dependency[], map: Ready | undefined): Dependency[] {
  return dependencies.map((dependency) => {
    const known = map?.dependencies.find(({ name }) => name === dependency.name)?.dependencies;
    return known === undefined ? dependency : { ...dependency, dependencies: known };
  });
}

function dependencyNode(dependency: Dependency, id: string): Omit<Node, "x" | "y"> {
  return {
    id,
    title: dependency.name,
    kind: dependency.kind,
    detail: dependency.ok ? details(dependency) : (dependency.error ?? "not ready"),
    state: dependency.ok ? "ok" : "broken",
  };
}

function details({ latency_ms, release, workers }: Dependency): string {
  if (workers)
    return `${workers.length} ${workers.length === 1 ? "worker" : "workers"} on ${[...new Set(workers.map(({ device }) => device))].join(", ")}`;
  return [release, latency_ms === undefined ? undefined : `${latency_ms} ms`]
    .filter((part) => part !== undefined)
    .join(" · ");
}
