import { expect, it } from "vitest";
import { firewallFindings } from "../../../../cli/drift/firewall.ts";
import { firewallIn } from "../../../../cli/verify/firewall.ts";
import { connection } from "../../../../components/ssh/connection.ts";

const way = connection({ address: "203.0.113.5", user: "ops", hostKey: "ssh-ed25519 AAAA" });
const found = (answer: string, hasSetup = true) => firewallFindings(way, firewallIn(answer), hasSetup);

it("a firewall that is open is told with what closes it on this kind of machine", () => {
  expect(found("closed")).toEqual([]);
  const finding = {
    ...{ kind: "firewall", name: "firewall of 203.0.113.5", machine: "ops@203.0.113.5" },
    ...{ found: "open, berth-firewall is not active", remedy: "berth setup closes it" },
  };
  expect(found("open, berth-firewall is not active")).toEqual([finding]);
  const units = "berth-firewall berth-docker-firewall";
  const remedy = `on the machine: sudo systemctl enable ${units} && sudo systemctl restart ${units}`;
  expect(found("open, berth-firewall is not active", false)).toEqual([{ ...finding, remedy }]);
});

it("a look at one that failed is no difference, and ends the command", () => {
  expect(() => found("sudo: a password is required")).toThrow(
    'firewall: must tell whether it is closed, got "sudo: a password is required" on ops@203.0.113.5',
  );
});

it("one that could never be asked says what makes it so on this kind of machine", () => {
  const usage = "usage: berth-firewall machine|docker|open|print";
  expect(() => found(usage)).toThrow("before berth setup has run once more");
  expect(() => found(usage, false)).toThrow("raise host.rebuild");
});
