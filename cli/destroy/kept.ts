import { hostKinds } from "../../components/hosts/registry.ts";
import type { Kind } from "../../components/hosts/kind.ts";
import type { KeptThing, KeptThings } from "../../components/hosts/kept.ts";
import type { Checkpoint } from "../state/checkpoint.ts";

/** Something that outlives `destroy`, in a line of its own. */
export interface Kept {
  kind: KeptThing["kind"] | "snapshots" | "passwords";
  name: string;
  /** What it is to who keeps it, and what ends it. */
  note: string;
}

/** Why it stays, and what becomes of it. */
const notes: Record<KeptThing["kind"], string> = {
  machine: "it holds data volumes; --data deletes it",
  disk: "data; --data deletes it",
  address: "paid for; --data gives it back",
  bucket: "data; --data deletes it",
  database: "data; --data deletes it",
  zone: "of DNS; --data deletes it",
};

function thingsOf(kinds: readonly Kind[]): KeptThings {
  return Object.fromEntries(kinds.flatMap(({ kept = {} }) => Object.entries(kept)));
}

/** What of a stack its state still holds, beside what Docker is asked for. */
export function keptInState({ resources }: Checkpoint, kinds: readonly Kind[] = hostKinds): Kept[] {
  const things = thingsOf(kinds);
  const order = Object.keys(things);
  const there = resources
    .filter((one) => one.delete !== true)
    .toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
  const made = there.flatMap(({ type, id, outputs }): Kept[] => {
    const thing = things[type];
    if (thing === undefined) return [];
    const { kind, named } = thing;
    const found = named === undefined ? undefined : outputs?.[named];
    return [{ kind, name: typeof found === "string" ? found : (id ?? type), note: notes[kind] }];
  });
  const passwords = there.filter(({ type, protect }) => type === passwordType && protect === true).length;
  const note = "in the stack's state; --data forgets them";
  return passwords === 0 ? made : [...made, { kind: "passwords", name: String(passwords), note }];
}

const passwordType = "random:index/randomPassword:RandomPassword";

/** What stays with a vendor whatever becomes of the stack, by the state of before it went: copies of its data. */
export function keptByVendor({ resources }: Checkpoint, kinds: readonly Kind[] = hostKinds): Kept[] {
  const things = thingsOf(kinds);
  return resources.flatMap((one): Kept[] => {
    const copies = things[one.type]?.copies?.(one);
    if (copies === undefined) return [];
    const { name, prints } = copies;
    return [{ kind: "snapshots", name, note: `data, if any were made; ${prints} prints them` }];
  });
}

export function keptText({ kind, name, note }: Kept): string {
  return kind === "passwords" ? `kept: ${name} passwords (${note})` : `kept: ${kind} ${name} (${note})`;
}
