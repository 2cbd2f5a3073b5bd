import type { FiringAlert } from "./docker/alerts.ts";
import type { Colours } from "./output.ts";
import { table, type Column } from "./table.ts";
import { age } from "./units.ts";

const columns: Column[] = [
  { title: "alert" },
  { title: "about", shrink: true },
  { title: "age", align: "right" },
  { title: "says", shrink: true },
];

/** A line for each alert that fires; nothing where none does. */
export function alertTable(alerts: readonly FiringAlert[], colour: Colours, now = Date.now()): string[] {
  if (alerts.length === 0) return [];
  const cells = alerts.map(({ alert, about, since, summary, silenced }) => [
    alert,
    about,
    age(Math.max(0, now - Date.parse(since))),
    silenced ? `(silenced) ${summary}` : summary,
  ]);
  const paint = (text: string, column: number, row: number): string => {
    const alert = alerts[row];
    if (alert === undefined || alert.silenced) return colour.dim(text);
    if (column !== 0) return text;
    return alert.severity === "critical" ? colour.red(text) : colour.yellow(text);
  };
  return table(columns, cells, { paint });
}
