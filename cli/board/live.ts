import { cut } from "../table.ts";

/** A few lines at the bottom of a terminal that are drawn anew while work goes on; what is said scrolls above them. */
export class LiveArea {
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #stream: NodeJS.WriteStream;
  readonly #lines: (width: number) => string[];

  constructor(stream: NodeJS.WriteStream, lines: (width: number) => string[]) {
    this.#stream = stream;
    this.#lines = lines;
  }

  start(): void {
    this.#stream.write(hideCursor);
    process.once("exit", this.#restore);
    this.#timer = setInterval(() => {
      this.draw();
    }, 100);
    this.draw();
  }

  draw(): void {
    const lines = this.#lines(this.#stream.columns || 80).slice(0, Math.max(1, this.#stream.rows || 24) - 1);
    this.#stream.write(`${this.#back()}${lines.map((line) => `${line}\n`).join("")}`);
    this.#drawn = lines.length;
  }

  /** Says something for good, above the lines. */
  say(text: string): void {
    this.#stream.write(`${this.#back()}${text}\n`);
    this.#drawn = 0;
    this.draw();
  }

  /** Draws a last time and leaves the lines where they are. */
  stop(): void {
    clearInterval(this.#timer);
    this.draw();
    this.#drawn = 0;
    process.off("exit", this.#restore);
    this.#restore();
  }

  readonly #restore = (): void => {
    this.#stream.write(showCursor);
  };

  #back(): string {
    return this.#drawn === 0 ? "\r" + clearBelow : `\u001b[${this.#drawn}A\r${clearBelow}`;
  }
}

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
const clearBelow = "\u001b[J";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** The sign of work under way, which turns with time. */
export function spinner(now = Date.now()): string {
  return frames[Math.floor(now / 100) % frames.length] ?? "";
}

/** `name  text`, the text cut so that the line takes one row. */
export function row(sign: string, name: string, text: string, nameWidth: number, width: number): string {
  return `${sign} ${name.padEnd(nameWidth)}  ${cut(text, Math.max(0, width - nameWidth - 5))}`;
}
