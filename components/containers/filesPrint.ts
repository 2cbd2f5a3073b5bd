import { fingerprint } from "./hash.ts";

/** On a container that carries files: the {@link FilesPrint} of each volume that it fills, by the load's name, as JSON. */
export const filesLabel = "berth.files";

/** What a volume was given, without a word of what its files hold: enough to see whether it still has that. */
export interface FilesPrint {
  names: string[];
  hash: string;
}

export interface PrintedFile {
  /** Below the volume's folder. */
  name: string;
  content: string;
  /** `uid:gid` */
  owner: string;
}

export function filesPrint(files: readonly PrintedFile[]): FilesPrint {
  const all = files.map(({ name, content, owner }) => [name, { content, owner }] as const);
  return { names: files.map(({ name }) => name).sort(), hash: fingerprint(Object.fromEntries(all)) };
}
