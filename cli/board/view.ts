import type { Output } from "../output.ts";
import { seconds } from "../units.ts";
import type { Board, Line, Phase } from "./board.ts";
import { LiveArea, row, spinner } from "./live.ts";

/** How a run looks to a person: one line a service, drawn anew on a terminal, a line an event elsewhere. */
export interface BoardView {
  /** Something happened to this service. */
  changed(service: string): void;
  say(text: string): void;
  stop(): void;
}

export function showBoard(board: Board, output: Output): BoardView {
  const view = output.live ? liveBoard(board, output) : plainBoard(board, output);
  return output.json ? withEvents(view, board, output) : view;
}

/** A JSON event beside each thing that is new. */
function withEvents(view: BoardView, board: Board, output: Output): BoardView {
  const news = onlyNews(board);
  return {
    ...view,
    changed(service) {
      view.changed(service);
      const line = news(service);
      if (line) output.emit({ event: "service", ...line });
    },
  };
}

/** The line of a service when it says something it didn't say before. */
function onlyNews(board: Board): (service: string) => Line | undefined {
  const shown = new Map<string, string>();
  return (service) => {
    const line = board.line(service);
    if (line.phase === "waiting" || shown.get(service) === line.text) return undefined;
    shown.set(service, line.text);
    return line;
  };
}

function liveBoard(board: Board, output: Output): BoardView {
  const { colour } = output;
  const signs: Partial<Record<Phase, string>> = {
    waiting: colour.dim("·"),
    unchanged: colour.dim("="),
    healthy: colour.green("✓"),
    stopped: colour.dim("-"),
    failed: colour.red("✗"),
  };
  const area = new LiveArea(output.stream, (width) => {
    const lines = board.lines();
    const nameWidth = Math.max(...lines.map(({ service }) => service.length));
    return lines.map((line) =>
      row(signs[line.phase] ?? spinner(), line.service, timed(line), nameWidth, width),
    );
  });
  area.start();
  return {
    changed: () => undefined,
    say: (text) => {
      area.say(text);
    },
    stop: () => {
      area.stop();
    },
  };
}

function timed({ text, since }: Line, now = Date.now()): string {
  return since === undefined ? text : `${text}, ${seconds(now - since)}`;
}

function plainBoard(board: Board, output: Output): BoardView {
  const news = onlyNews(board);
  return {
    changed(service) {
      const line = news(service);
      // Files are written in no time, and come up again and again.
      if (line && line.phase !== "preparing") output.say(`${service}: ${line.text}`);
    },
    say: output.say,
    stop: () => undefined,
  };
}
