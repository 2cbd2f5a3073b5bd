import type { Answer, Ready } from "./api.ts";
import { Icon } from "./Icon.tsx";
import { box, layOut, type Edge, type Node } from "./layout.ts";

export function Diagram({ answer, map }: { answer: Answer<Ready> | undefined; map: Ready | undefined }) {
  const { nodes, edges, width, height } = layOut(answer, map);
  return (
    <section className="panel diagram" aria-label="What is connected to what">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label="Diagram of the system"
        width={width}
        height={height}
      >
        {edges.map((edge) => (
          <Line key={`${edge.from.id}-${edge.to.id}`} edge={edge} />
        ))}
        {nodes.map((node) => (
          <Box key={node.id} node={node} />
        ))}
      </svg>
    </section>
  );
}

function Line({ edge: { from, to, state } }: { edge: Edge }) {
  const x1 = from.x + box.width;
  const y1 = from.y + box.height / 2;
  const x2 = to.x;
  const y2 = to.y + box.height / 2;
  const middle = (x1 + x2) / 2;
  const path = `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
  return (
    <g className={`line ${state}`}>
      <path d={path} className="track" />
      <path d={path} className="flow" />
    </g>
  );
}

function Box({ node: { title, kind, detail, state, x, y } }: { node: Node }) {
  return (
    <g className={`box ${state}`} transform={`translate(${x} ${y})`}>
      <title>{`${title} (${kind}): ${detail}`}</title>
      <rect width={box.width} height={box.height} rx="12" />
      <Icon kind={kind} />
      <text x="44" y="26" className="title">
        {cut(title, 16)}
      </text>
      <text x="44" y="45" className="detail">
        {cut(detail, 24)}
      </text>
      <circle cx={box.width - 14} cy="14" r="4.5" className="lamp" />
    </g>
  );
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
