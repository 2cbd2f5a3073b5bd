import type { Connection } from "../../components/ssh/connection.ts";
import { remote } from "../../components/ssh/session.ts";
import { reasonOf } from "../refusal.ts";
import type { Verdict } from "./verdicts.ts";

/** Its exit code says the same, and isn't needed: one of another kind is a machine that couldn't be asked. */
const question = "s=; [ $(id -u) = 0 ] || s='sudo -n'; $s /usr/local/sbin/berth-firewall check 2>&1 || :";

const units = "berth-firewall berth-docker-firewall";
/** What closes a firewall that setup leaves alone, because Berth made its machine. */
export const byHand = `on the machine: sudo systemctl enable ${units} && sudo systemctl restart ${units}`;

/** What a machine says of its own firewall; nobody knows where it can't be asked, which is `old` where it never could. */
export type Firewall = { state: "closed" } | { state: "open" | "unknown" | "old"; reason: string };

/** Whether a machine's own firewall lets in nothing but what was opened; `hasSetup` is for a server. */
export async function lookAtFirewall(way: Connection, hasSetup: boolean): Promise<Verdict> {
  return firewallVerdict(`firewall of ${way.target.address}`, await askFirewall(way), hasSetup);
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
  return { state: reason.startsWith("usage:") ? "old" : "unknown", reason };
}

export function firewallVerdict(what: string, firewall: Firewall, hasSetup: boolean): Verdict {
  const level = "machine";
  if (firewall.state === "closed") return { level, what, outcome: "pass", detail: "closed" };
  return { level, what, outcome: "fail", detail: failure(firewall, hasSetup) };
}

/** Why nobody can say that it is closed, and what a person does about it. */
export function failure(
  { state, reason }: Exclude<Firewall, { state: "closed" }>,
  hasSetup: boolean,
): string {
  if (state === "open") return `${reason}; ${hasSetup ? "run berth setup" : byHand}`;
  if (state === "unknown") return reason;
  return hasSetup
    ? "can't be asked before berth setup has run once more"
    : "can't be asked on a machine of an older Berth; raise host.rebuild for a new one with the same data";
}
