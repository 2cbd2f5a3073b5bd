import type { Connection } from "../../components/ssh/connection.ts";
import { remote } from "../../components/ssh/session.ts";
import { reasonOf } from "../refusal.ts";
import type { Verdict } from "./verdicts.ts";

/** Its exit code says the same, and isn't needed: one of another kind is a machine that couldn't be asked. */
const question = "s=; [ $(id -u) = 0 ] || s='sudo -n'; $s /usr/local/sbin/berth-firewall check 2>&1 || :";

/** Whether a machine's own firewall lets in nothing but what was opened. */
export async function lookAtFirewall(way: Connection, ask: typeof remote = remote): Promise<Verdict> {
  const answer = await ask(way, question, { deadline: 30 }).catch(reasonOf);
  return firewallVerdict(`firewall of ${way.target.address}`, answer.trim());
}

/** What `berth-firewall check` says. One of before this verb was there prints how it is used. */
export function firewallVerdict(what: string, answer: string): Verdict {
  const level = "machine";
  if (answer === "closed") return { level, what, outcome: "pass", detail: answer };
  const [first = ""] = answer.split("\n");
  if (first.startsWith("open, "))
    return { level, what, outcome: "fail", detail: `${first}; run berth setup` };
  if (first.startsWith("usage:"))
    return { level, what, outcome: "fail", detail: "can't be asked before berth setup has run once more" };
  return { level, what, outcome: "fail", detail: first };
}
