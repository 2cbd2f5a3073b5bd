import type * as z from "zod";
import { ec2 } from "./ec2/kind.ts";
import { existing } from "./existing/kind.ts";
import { gce } from "./gce/kind.ts";
import type { Kind } from "./kind.ts";
import { local } from "./local/kind.ts";

/** The kinds of host that Berth knows. */
export const hostKinds = [local, existing, gce, ec2] as const satisfies readonly Kind[];

type Known = (typeof hostKinds)[number];

export type HostKind = Known["name"];

/** Where to run; `kind` decides what else there is. */
export type HostSettings = z.output<Known["schema"]>;

/** The kind of this name; nothing for one that nobody knows. */
export function kindNamed(name: unknown, kinds: readonly Kind[] = hostKinds): Kind | undefined {
  return kinds.find((kind) => kind.name === name);
}

/** `a, b and c`: the kinds of which something holds. */
export function kindsWith(
  holds: (kind: Kind) => boolean,
  kinds: readonly Kind[] = hostKinds,
  word: "and" | "or" = "and",
): string {
  const names = kinds.filter(holds).map(({ name }) => name);
  const all = [names.slice(0, -1).join(", "), ...names.slice(-1)];
  return all.filter((part) => part !== "").join(` ${word} `);
}
