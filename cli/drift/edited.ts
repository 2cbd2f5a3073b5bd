import { fingerprint } from "../../components/containers/hash.ts";
import type { ArchivedFile } from "../docker/archive.ts";
import { isMap } from "../overrides.ts";
import { ownerOf, type StateResource } from "../state/checkpoint.ts";

/** A volume of files, the carrier that filled it, and where in that its files are. */
export interface Load {
  carrier: Pick<StateResource, "inputs">;
  volume: Pick<StateResource, "inputs">;
  target: string;
}

/** Names below the volume's folder. */
export interface Edited {
  /** What is wrong with those that a carrier has brought, and brings again. */
  changes: string[];
  /** Those that none has brought, and none takes away. */
  added: string[];
}

/**
 * Which files of a load aren't as they were put there. `filled` is when the carrier was made, in seconds since 1970.
 * Where one of a carrier's files is secret, state has all of them encrypted, names and all; one that was added is then
 * among the changes until the carrier comes again.
 */
export function editedIn(load: Load, files: readonly ArchivedFile[], filled: number): Edited {
  const { carrier, volume, target } = load;
  const uploads = carrier.inputs?.uploads;
  return Array.isArray(uploads)
    ? differences(uploads.filter(isMap), target, files)
    : { changes: sealedDifferences(volume, files, filled), added: [] };
}

function differences(
  uploads: readonly Record<string, unknown>[],
  target: string,
  files: readonly ArchivedFile[],
): Edited {
  // Without content it is a folder.
  const put = new Map(
    uploads
      .filter(({ file, content }) => content !== undefined && String(file).startsWith(`${target}/`))
      .map(({ file, content }) => [String(file).slice(target.length + 1), content]),
  );
  const there = new Map(files.map(({ name, content }) => [name, content]));
  return {
    changes: [...put].flatMap(([name, content]) => {
      if (!there.has(name)) return [`${name} is missing`];
      return typeof content === "string" && there.get(name) !== content ? [`${name} was edited`] : [];
    }),
    added: [...there.keys()].filter((name) => !put.has(name)),
  };
}

/** Seconds in which a carrier that was made gets its files. */
const filling = 5;

/**
 * The volume's fingerprint is made once more, of the files that are there: it tells that one differs, and the time of
 * its change which. A password that was rotated in its place changes the first and, coming as all files do, not the second.
 */
function sealedDifferences(
  volume: Pick<StateResource, "inputs">,
  files: readonly ArchivedFile[],
  filled: number,
): string[] {
  const { hash } = ownerOf(volume.inputs);
  const user = files.map(({ owner }) => owner)[0];
  const contentsOf = (empty: string) =>
    Object.fromEntries(files.map(({ name, content }) => [name, content === "\n" ? empty : content]));
  // A carrier brings nothing as an empty line.
  const same = ["\n", ""].some((empty) => fingerprint({ files: contentsOf(empty), user }) === hash);
  const late = files.filter(({ changed }) => changed > filled + filling);
  return same ? [] : late.map(({ name }) => `${name} was edited`);
}
