import { stripVTControlCharacters } from "node:util";

/** One line a container wrote. */
export interface LogLine {
  /** RFC 3339 with nanoseconds, which sorts as text. */
  time: string;
  text: string;
}

/**
 * The text of a container's log stream: without a terminal the engine frames each piece with eight bytes, of which
 * the last four are its length (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach).
 */
export function unframe(buffer: Buffer): string {
  const parts: Buffer[] = [];
  for (let offset = 0; offset + 8 <= buffer.length;) {
    const size = buffer.readUInt32BE(offset + 4);
    parts.push(buffer.subarray(offset + 8, offset + 8 + size));
    offset += 8 + size;
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Lines of a log asked for with timestamps. */
export function logLines(text: string): LogLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const space = line.indexOf(" ");
      return { time: line.slice(0, space), text: clean(line.slice(space + 1)) };
    });
}

/** Without colours, and without what would move the cursor or ring the bell of the person who reads it. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, (sign) => (sign === "\t" ? sign : ""));
}
