export interface Column {
  title: string;
  /** @default "left" */
  align?: "left" | "right";
  /** May be cut short, the widest first, when the table is wider than the screen. @default false */
  shrink?: boolean;
}

export interface TableOptions {
  /** Characters a line may have. @default 80 */
  width?: number;
  /** Colours a cell once its width is settled. */
  paint?: (text: string, column: number, row: number) => string;
}

/** Least width of a column that may shrink. */
const least = 8;

/** A table whose every line fits the width, titles first. */
export function table(
  columns: readonly Column[],
  rows: readonly string[][],
  options: TableOptions = {},
): string[] {
  const { width = 80 } = options;
  const paint = options.paint ?? ((text: string) => text);
  const widths = fit(columns, rows, width);
  const line = (cells: readonly string[], row: number) =>
    columns
      .map(({ align }, index): string => {
        const size = widths[index] ?? 0;
        const text = cut(cells[index] ?? "", size);
        const padding = " ".repeat(size - text.length);
        return align === "right" ? padding + paint(text, index, row) : paint(text, index, row) + padding;
      })
      .join("  ")
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      -1,
    ),
    ...rows.map(line),
  ];
}

function fit(columns: readonly Column[], rows: readonly string[][], width: number): number[] {
  const widths: number[] = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const total = () => widths.reduce((sum: number, one: number) => sum + one, 0) + 2 * (columns.length - 1);
  while (total() > width) {
    const candidates = widths.map((size, index) => (columns[index]?.shrink && size > least ? size : 0));
    const widest = candidates.indexOf(Math.max(...candidates));
    if (candidates[widest] === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** Text of at most `size` characters, with a sign where something is missing. */
export function cut(text: string, size: number): string {
  return text.length <= size ? text : `${text.slice(0, Math.max(size - 1, 0))}…`;
}
