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
 * padded to as many (https://www.gnu.org/software/tar/manual/html_node/Standard.html). Names are of 100 bytes at most, as
 * all in a volume of files are.
 */
export function filesIn(archive: Buffer): ArchivedFile[] {
  const files: ArchivedFile[] = [];
  for (let offset = 0; offset + block <= archive.length;) {
    const header = archive.subarray(offset, offset + block);
    const size = octal(header, 124, 136);
    const start = offset + block;
    const name = text(header, 0, 100).split("/").slice(1).join("/");
    if (name !== "" && isPlain(text(header, 156, 157)))
      files.push({
        name,
        content: archive.toString("utf8", start, start + size),
        owner: `${octal(header, 108, 116)}:${octal(header, 116, 124)}`,
        changed: octal(header, 136, 148),
      });
    offset = start + Math.ceil(size / block) * block;
  }
  return files;
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
