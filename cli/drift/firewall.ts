import type { Connection } from "../../components/ssh/connection.ts";
import { machineName } from "../docker/machines.ts";
import { Refusal } from "../refusal.ts";
import { byHand, failure, type Firewall } from "../verify/firewall.ts";
import type { Finding } from "./finding.ts";

/** A firewall that is open, and what closes it; `hasSetup` is for a server. Throws a `Refusal` where nobody knows. */
export function firewallFindings(way: Connection, firewall: Firewall, hasSetup: boolean): Finding[] {
  if (firewall.state === "closed") return [];
  const machine = machineName(way);
  const { state, reason } = firewall;
  if (state !== "open")
    throw new Refusal([
      `firewall: must tell whether it is closed, got "${failure(firewall, hasSetup)}" on ${machine}`,
    ]);
  const name = `firewall of ${way.target.address}`;
  const remedy = hasSetup ? "berth setup closes it" : byHand;
  return [{ kind: "firewall", name, machine, found: reason, remedy }];
}
