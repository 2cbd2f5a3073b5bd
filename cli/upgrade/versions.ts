import { Refusal } from "../refusal.ts";

/** A folder of data. */
export interface Data {
  /** Major version that made it, such as `15`. */
  version: string;
  /** In MiB. */
  size: number;
  /** What ran it when it was put aside. */
  image?: string;
}

/** All that a database has: what it uses, and what is kept of other versions. */
export interface Shelf {
  used?: Data;
  kept: Data[];
}

/** What `shelf.sh look` prints: `used 17 240`, `kept 15 230 postgres:15`. */
export function shelfIn(lines: readonly string[]): Shelf {
  const all = lines.flatMap((line) => {
    const [word, version = "", size = "", image] = line.split(" ");
    return word === "used" || word === "kept"
      ? [{ word, data: { version, size: Number(size), ...(image && { image }) } }]
      : [];
  });
  const those = (wanted: string) => all.filter(({ word }) => word === wanted).map(({ data }) => data);
  const [used] = those("used");
  return { ...(used && { used }), kept: those("kept") };
}

/** `17.6` of what `postgres --version` or `pg_dump --version` prints; nothing where an image has no PostgreSQL. */
export function versionIn(lines: readonly string[]): string | undefined {
  return lines.flatMap((line) => /^(?:postgres|pg_dump) \(PostgreSQL\) (\S+)/.exec(line)?.[1] ?? []).at(0);
}

/** Before 10 it was the first two numbers (https://www.postgresql.org/support/versioning/). */
export function majorOf(version: string): string {
  const [first = "", second = ""] = version.match(/\d+/g) ?? [];
  return Number(first) < 10 ? `${first}.${second}` : first;
}

export interface Wanted {
  service: string;
  /** As settings name it. */
  reference: string;
  /** Of PostgreSQL in it. */
  version: string | undefined;
}

/** The data that is to be moved. Throws {@link Refusal} where it can't be. */
export function movable({ used, kept }: Shelf, { service, reference, version }: Wanted): Data {
  if (used === undefined)
    throw new Refusal([`upgrade: must be a database with data, got none of ${service}`]);
  const [first] = kept;
  if (first !== undefined)
    throw new Refusal([
      `upgrade: must keep the data of one other version at most, got that of PostgreSQL ${first.version}; berth upgrade postgres --finish removes it`,
    ]);
  if (version === undefined || Number(majorOf(version)) <= Number(used.version))
    throw new Refusal([
      `images.${service}: must hold a later major version than PostgreSQL ${used.version}, which made the data, got ${version ?? "none"} in ${reference}; name one with --image`,
    ]);
  return used;
}

/** The data to go back to. Throws {@link Refusal}. */
export function returnable({ kept }: Shelf): Data {
  const [first, ...others] = kept;
  if (first === undefined || others.length > 0)
    throw new Refusal([
      `upgrade: must have the data of one other version kept, got ${kept.map(({ version }) => version).join(", ") || "none"}`,
    ]);
  return first;
}

/** All that is kept, where it may be deleted: what is in use is other data. Throws {@link Refusal}. */
export function endable({ used, kept }: Shelf): Data[] {
  if (kept.length === 0) returnable({ kept });
  if (used === undefined || kept.some(({ version }) => version === used.version))
    throw new Refusal([
      `upgrade: must have other data in use than what is kept, which may be all there is, got ${used?.version ?? "none"} beside ${kept.map(({ version }) => version).join(", ")}; look at the folders`,
    ]);
  return kept;
}

/** The image of backups, where settings name one: it has to read the new version's data. Throws {@link Refusal}. */
export function checkBackupImage(reference: string, found: string | undefined, version: string): void {
  if (found !== undefined && Number(majorOf(found)) >= Number(majorOf(version))) return;
  throw new Refusal([
    `images.backup: must hold pg_dump of PostgreSQL ${majorOf(version)} or later, got ${found ?? "none"} in ${reference}; name a later one, or none`,
  ]);
}
