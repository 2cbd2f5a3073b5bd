import type { Path } from "../lib/secret.ts";
import { showKey } from "../lib/problems.ts";

/** What the engine says of each key, whether some of it is encrypted, and the places of it where the file was read. */
interface Encryption {
  secretKeys: readonly string[];
  sealed: readonly Path[] | undefined;
}

/**
 * Secrets that stand in a stack's config as they are. A key whose encryption isn't in the file has it elsewhere, such as
 * in an environment of Pulumi's or another file: nothing of it is taken for plain.
 */
export function plainAmong(secrets: readonly Path[], { secretKeys, sealed = [] }: Encryption): Path[] {
  return secrets.filter((path) => {
    const [first = ""] = path;
    if (!secretKeys.includes(first)) return true;
    const places = sealed.filter(([key]) => key === first);
    return places.length > 0 && !places.some((one) => isBelow(one, path) || isBelow(path, one));
  });
}

function isBelow(upper: Path, path: Path): boolean {
  return upper.every((key, index) => path[index] === key);
}

/** A line for each, with the command that encrypts it, of this stack and not of the one that happens to be selected. */
export function plainNotes({ plain }: { plain: readonly Path[] }, stack: string): string[] {
  return plain.map(
    (path) =>
      `${path.map(showKey).join(".")}: stands in the stack's config in plain text, and so in Pulumi's history; set it with pulumi config set --stack ${stack} --secret --path '${pathFor(path)}'`,
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
