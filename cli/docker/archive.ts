/** A file of an archive. */
export interface ArchivedFile {
  /** Below the folder that was asked for. */
  name: string;
  content: string;
  /** `uid:gid` */
  owner: string;
  /** Seconds since 1970. */
  changed: number;
}

const block = 512;

/**
 * The plain files of an archive as the Docker Engine makes one of a folder: headers of 512 bytes, each with its content
 * padded to as many (https://www.gnu.org/software/tar/manual/html_node/Standard.html). A name that is longer than a
 * header holds, or isn't ASCII, goes before in an entry of its own: PAX's `x`, or GNU's `L`.
 */
export function filesIn(archive: Buffer): ArchivedFile[] {
  const files: ArchivedFile[] = [];
  let long: string | undefined;
  for (let offset = 0; offset + block <= archive.length;) {
    const header = archive.subarray(offset, offset + block);
    const size = octal(header, 124, 136);
    const start = offset + block;
    const type = text(header, 156, 157);
    const content = archive.subarray(start, start + size);
    const name = (long ?? shortName(header)).split("/").slice(1).join("/");
    if (name !== "" && isPlain(type))
      files.push({
        name,
        content: content.toString(),
        owner: `${octal(header, 108, 116)}:${octal(header, 116, 124)}`,
        changed: octal(header, 136, 148),
      });
    long = longName(type, content);
    offset = start + Math.ceil(size / block) * block;
  }
  return files;
}

/** Of POSIX's archives it is in two parts (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html). */
function shortName(header: Buffer): string {
  const prefix = text(header, 257, 263) === "ustar" ? text(header, 345, 500) : "";
  return prefix === "" ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`;
}

/** The next entry's name, where this one has it; of PAX's records `<bytes> <key>=<value>` one. */
function longName(type: string, content: Buffer): string | undefined {
  if (type === "L") return text(content, 0, content.length);
  if (type !== "x") return undefined;
  for (let offset = 0; offset < content.length;) {
    const bytes = Number.parseInt(content.toString("utf8", offset, offset + 20), 10);
    if (!(bytes > 0)) return undefined;
    const record = content.toString("utf8", offset, offset + bytes - 1);
    const [, name] = /^\d+ path=(.*)$/s.exec(record) ?? [];
    if (name !== undefined) return name;
    offset += bytes;
  }
  return undefined;
}

/** Neither a folder, nor a link, nor what goes before another entry. */
function isPlain(type: string): boolean {
  return type === "0" || type === "";
}

function text(header: Buffer, start: number, end: number): string {
  return header.toString("utf8", start, end).replace(/\0.*$/s, "");
}

function octal(header: Buffer, start: number, end: number): number {
  return Number.parseInt(text(header, start, end).trim() || "0", 8);
}
