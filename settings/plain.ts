import type { Path } from "../lib/secret.ts";
import { showKey } from "../lib/problems.ts";

/** What is known of a stack file's encryption: keys that have some, and the places of it where the file itself was read. */
interface Encryption {
  secretKeys: readonly string[];
  sealed: readonly Path[] | undefined;
}

/** Secrets that stand in a stack's config as they are; where nobody has read its file, those of keys without any encryption. */
export function plainAmong(secrets: readonly Path[], { secretKeys, sealed }: Encryption): Path[] {
  return secrets.filter((path) =>
    sealed === undefined
      ? !secretKeys.includes(path[0] ?? "")
      : !sealed.some((one) => isBelow(one, path) || isBelow(path, one)),
  );
}

function isBelow(upper: Path, path: Path): boolean {
  return upper.every((key, index) => path[index] === key);
}

/** A line for each, with the command that encrypts it. */
export function plainNotes({ plain }: { plain: readonly Path[] }): string[] {
  return plain.map(
    (path) =>
      `${path.map(showKey).join(".")}: stands in the stack's config in plain text, and so in Pulumi's history; set it with pulumi config set --secret --path '${pathFor(path)}'`,
  );
}

/** As Pulumi's command line takes it (https://www.pulumi.com/docs/iac/concepts/config/#structured-configuration). */
function pathFor([first = "", ...rest]: Path): string {
  const keys = rest.map((key) => {
    if (/^\d+$/.test(key)) return `[${key}]`;
    return /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return `berth:${first}${keys.join("")}`;
}
