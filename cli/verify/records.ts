import { Resolver } from "node:dns/promises";
import { zoneLine, type HandMadeRecord } from "../../components/dns/byHand.ts";
import { isMap, settingsOf, type Config } from "../overrides.ts";
import type { Verdict } from "./verdicts.ts";

/** Addresses that a name has in the DNS, of one family; none where there is no such name. Throws what it couldn't ask. */
export type Lookup = (name: string, family: 4 | 6) => Promise<string[]>;

/** The records that a stack's outputs leave to the domain's owner; none while the address is unknown. */
export function handMade({ records }: Record<string, unknown>): HandMadeRecord[] {
  return Array.isArray(records) ? (records.filter(isMap) as unknown as HandMadeRecord[]) : [];
}

/** Whether each name leads to the machine. Where a front stands before the proxy, it may well lead to that. */
export async function lookAtRecords(
  records: readonly HandMadeRecord[],
  fronted: boolean,
  lookup: Lookup = inDns(),
): Promise<Verdict[]> {
  const seen = await Promise.all(records.map(async (record) => ({ record, ...(await see(record, lookup)) })));
  return seen.map(({ record, state, detail }) => {
    const level = "dns";
    const what = `${record.type} record of ${record.name}`;
    if (state === "here") return { level, what, outcome: "pass", detail };
    if (state === "elsewhere" && fronted)
      return { level, what, outcome: "skip", detail: `${detail}, taken for the front of trustedProxies` };
    if (state === "both")
      return { level, what, outcome: "skip", detail: `${detail}, this machine among them` };
    const outcome = state === "unknown" ? "skip" : "fail";
    return { level, what, outcome, detail: `${detail}; must be ${zoneLine(record)}` };
  });
}

/** What is still to be made, a line each, for who has just run or previewed a stack. */
export async function recordsDue(
  outputs: Record<string, unknown>,
  fronted: boolean,
  lookup: Lookup = inDns(),
): Promise<string[]> {
  const seen = await Promise.all(
    handMade(outputs).map(async (record) => ({ record, ...(await see(record, lookup)) })),
  );
  return seen
    .filter(({ state }) => state !== "here" && state !== "both" && !(state === "elsewhere" && fronted))
    .map(
      ({ record, detail }) =>
        `domain ${record.name}: must have the record "${zoneLine(record)}", got ${detail}`,
    );
}

interface Seen {
  /** Where its name leads. */
  state: "here" | "both" | "elsewhere" | "nowhere" | "unknown";
  detail: string;
}

async function see(record: HandMadeRecord, lookup: Lookup): Promise<Seen> {
  try {
    const { there, wanted } = await lookUp(record, lookup);
    if (there.length === 0) return { state: "nowhere", detail: "none" };
    const here = there.filter((address) => wanted.includes(address)).length;
    const state = here === there.length ? "here" : here > 0 ? "both" : "elsewhere";
    return { state, detail: there.join(", ") };
  } catch (error) {
    return { state: "unknown", detail: `no answer of the DNS (${reason(error)})` };
  }
}

/** Whether settings name addresses of a front before the proxy. */
export function isFronted(config: Config): boolean {
  const { trustedProxies } = settingsOf(config);
  return Array.isArray(trustedProxies) && trustedProxies.length > 0;
}

async function lookUp({ name, type, value }: HandMadeRecord, lookup: Lookup) {
  // Any label below a wildcard will do.
  const known = name.replace(/^\*/, "berth-verify");
  if (type !== "CNAME") return { there: await lookup(known, type === "A" ? 4 : 6), wanted: [value] };
  const [there, wanted] = await Promise.all(
    [known, value].map(async (each) => [...(await lookup(each, 4)), ...(await lookup(each, 6))]),
  );
  return { there: there ?? [], wanted: wanted ?? [] };
}

/** As this machine's name servers answer; what its own file of hosts says the public doesn't know. */
function inDns(): Lookup {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  return (name, family) =>
    (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name)).catch((error: unknown) => {
      if (["ENOTFOUND", "ENODATA"].includes(reason(error))) return [];
      throw error;
    });
}

function reason(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
