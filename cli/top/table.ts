import type { ContainerInfo } from "dockerode";
import { nameOf, serviceOf } from "../docker/owned.ts";
import type { Usage } from "../docker/usage.ts";
import type { Colours } from "../output.ts";
import { table, type Column } from "../table.ts";
import { bytes, rate } from "../units.ts";

/** What one container uses; CPUs in cores, memory in bytes (a limit of 0 is none), network in bytes a second. */
export interface TopRow extends Omit<Usage, "startedAt" | "restarts"> {
  /** Name of the machine it runs on, as its Docker Engine has it. */
  machine: string;
  service: string;
  container: string;
}

/** A row for each container of a machine that was looked at twice, in order of their names. */
export function topRows(
  machine: string,
  containers: readonly ContainerInfo[],
  usage: ReadonlyMap<string, Usage>,
): TopRow[] {
  const rows = containers.flatMap((container) => {
    const used = usage.get(container.Id);
    if (used === undefined) return [];
    const { cpus, memory, memoryLimit, processes, received, sent } = used;
    const named = { machine, service: serviceOf(container), container: nameOf(container) };
    return [{ ...named, cpus, memory, memoryLimit, processes, received, sent }];
  });
  return rows.sort((a, b) => (a.container < b.container ? -1 : 1));
}

const columns: Column[] = [
  { title: "container", shrink: true },
  { title: "cpu", align: "right" },
  { title: "memory", align: "right" },
  { title: "used", align: "right" },
  { title: "processes", align: "right" },
  { title: "received", align: "right" },
  { title: "sent", align: "right" },
];

/** Share of its limit from which a container's memory is shown in red: what it takes more, the kernel ends. */
const nearLimit = 0.9;

/** Fits 80 columns; the machine is said where there are several. */
export function topTable(rows: readonly TopRow[], colour: Colours): string[] {
  const several = new Set(rows.map(({ machine }) => machine)).size > 1;
  const cells = rows.map((row) => [
    ...(several ? [row.machine] : []),
    row.container,
    row.cpus.toFixed(2),
    `${bytes(row.memory)}/${row.memoryLimit === 0 ? "-" : bytes(row.memoryLimit)}`,
    row.memoryLimit === 0 ? "-" : `${Math.round(share(row) * 100)}%`,
    String(row.processes),
    rate(row.received),
    rate(row.sent),
  ]);
  const used = several ? 4 : 3;
  const paint = (text: string, column: number, index: number): string => {
    const row = rows[index];
    if (row === undefined) return colour.dim(text);
    return column === used && share(row) >= nearLimit ? colour.red(text) : text;
  };
  return table([...(several ? [{ title: "machine", shrink: true }] : []), ...columns], cells, { paint });
}

function share({ memory, memoryLimit }: TopRow): number {
  return memoryLimit === 0 ? 0 : memory / memoryLimit;
}
