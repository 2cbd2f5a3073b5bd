import type { Connection } from "../../components/ssh/connection.ts";
import { remote } from "../../components/ssh/session.ts";
import { reasonOf } from "../refusal.ts";
import type { Verdict } from "./verdicts.ts";

/** Its exit code says the same, and isn't needed: one of another kind is a machine that couldn't be asked. */
const question = "s=; [ $(id -u) = 0 ] || s='sudo -n'; $s /usr/local/sbin/berth-firewall check 2>&1 || :";

/** What a machine says of its own firewall; nobody knows where it can't be asked. */
export type Firewall = { state: "closed" } | { state: "open" | "unknown"; reason: string };

/** Whether a machine's own firewall lets in nothing but what was opened. */
export async function lookAtFirewall(way: Connection): Promise<Verdict> {
  return firewallVerdict(`firewall of ${way.target.address}`, await askFirewall(way));
}

export async function askFirewall(way: Connection): Promise<Firewall> {
  const answer = await remote(way, question, { deadline: 30 }).catch(reasonOf);
  return firewallIn(answer.trim());
}

/** What `berth-firewall check` says. One of before this verb was there prints how it is used. */
export function firewallIn(answer: string): Firewall {
  if (answer === "closed") return { state: "closed" };
  const [reason = ""] = answer.split("\n");
  if (reason.startsWith("open, ")) return { state: "open", reason };
  const isOld = reason.startsWith("usage:");
  return { state: "unknown", reason: isOld ? "can't be asked before berth setup has run once more" : reason };
}

export function firewallVerdict(what: string, firewall: Firewall): Verdict {
  const level = "machine";
  if (firewall.state === "closed") return { level, what, outcome: "pass", detail: "closed" };
  const remedy = firewall.state === "open" ? "; run berth setup" : "";
  return { level, what, outcome: "fail", detail: `${firewall.reason}${remedy}` };
}
