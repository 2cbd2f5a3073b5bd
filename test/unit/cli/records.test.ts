import { describe, expect, it } from "vitest";
import { handMade, lookAtRecords, recordsDue, type Lookup } from "../../../cli/verify/records.ts";
import { recordsByHand } from "../../../components/dns/byHand.ts";

const names = ["app.example.org", "www.example.org", "*.example.org"];
const records = recordsByHand(names, "203.0.113.7");

/** A DNS that knows these names, and of the others that they aren't there. */
function dns(known: Record<string, string[]>): Lookup {
  return (name, family) =>
    Promise.resolve((known[name] ?? []).filter((address) => address.includes(":") === (family === 6)));
}

const closed: Lookup = () => Promise.reject(Object.assign(new Error("queryA"), { code: "ECONNREFUSED" }));

describe("the records that are left to a domain's owner", () => {
  it("are of the address's kind, and none for a name that is the machine's own", () => {
    expect(recordsByHand(["a.example.org"], "2001:db8::7")).toEqual([
      { name: "a.example.org", type: "AAAA", value: "2001:db8::7" },
    ]);
    expect(recordsByHand(["a.example.org", "server.example.org"], "server.example.org")).toEqual([
      { name: "a.example.org", type: "CNAME", value: "server.example.org" },
    ]);
  });

  it("are looked up name by name, wildcards by one of theirs", async () => {
    const known = {
      "app.example.org": ["203.0.113.7"],
      "www.example.org": ["198.51.100.1"],
      "berth-verify.example.org": ["203.0.113.7"],
    };
    expect(await lookAtRecords(records, false, dns(known))).toEqual([
      { level: "dns", what: "A record of app.example.org", outcome: "pass", detail: "203.0.113.7" },
      {
        level: "dns",
        what: "A record of www.example.org",
        outcome: "fail",
        detail: "198.51.100.1; must be www.example.org 300 IN A 203.0.113.7",
      },
      { level: "dns", what: "A record of *.example.org", outcome: "pass", detail: "203.0.113.7" },
    ]);
    const [, missing] = await lookAtRecords(records, false, dns({ "app.example.org": ["203.0.113.7"] }));
    expect(missing).toMatchObject({
      outcome: "fail",
      detail: "none; must be www.example.org 300 IN A 203.0.113.7",
    });
  });

  it.each(["10.0.0.5", "172.31.1.1", "192.168.7.1", "100.64.0.9", "fd12::7", "fe80::1", "prod-box"])(
    "aren't known where the machine is reached by %s",
    (address) => {
      expect(recordsByHand(names, address)).toEqual([]);
    },
  );

  it.each(["11.0.0.5", "172.32.1.1", "2001:db8::7", "prod.example.org"])("are known of %s", (address) => {
    expect(recordsByHand(names, address)).toHaveLength(names.length);
  });

  it("may lead to other machines too, which nobody here can judge", async () => {
    const [verdict] = await lookAtRecords(
      records.slice(0, 1),
      false,
      dns({ "app.example.org": ["203.0.113.7", "198.51.100.1"] }),
    );
    expect(verdict).toMatchObject({
      outcome: "skip",
      detail: "203.0.113.7, 198.51.100.1, this machine among them",
    });
    const both = dns({ "app.example.org": ["203.0.113.7", "198.51.100.1"] });
    expect(await recordsDue({ records: records.slice(0, 1) }, false, both)).toEqual([]);
  });

  it("may lead to a front that settings name, but not nowhere", async () => {
    const [verdict, missing] = await lookAtRecords(
      records,
      true,
      dns({ "app.example.org": ["198.51.100.1"] }),
    );
    expect(verdict).toMatchObject({
      outcome: "skip",
      detail: "198.51.100.1, taken for the front of trustedProxies",
    });
    expect(missing?.outcome).toBe("fail");
  });

  it("follow a name to the addresses of another", async () => {
    const [record] = recordsByHand(["app.example.org"], "server.example.org");
    const known = {
      "app.example.org": ["203.0.113.7"],
      "server.example.org": ["203.0.113.7", "2001:db8::7"],
    };
    const [verdict] = await lookAtRecords(record ? [record] : [], false, dns(known));
    expect(verdict).toMatchObject({ what: "CNAME record of app.example.org", outcome: "pass" });
  });

  it("are skipped where nobody answers for the DNS", async () => {
    const [verdict] = await lookAtRecords(records, false, closed);
    expect(verdict).toEqual({
      level: "dns",
      what: "A record of app.example.org",
      outcome: "skip",
      detail: "no answer of the DNS (ECONNREFUSED); must be app.example.org 300 IN A 203.0.113.7",
    });
  });

  it("are said by a run as far as they are to be made", async () => {
    const known = dns({ "app.example.org": ["203.0.113.7"], "www.example.org": ["198.51.100.1"] });
    expect(await recordsDue({ records }, false, known)).toEqual([
      'domain www.example.org: must have the record "www.example.org 300 IN A 203.0.113.7", got 198.51.100.1',
      'domain *.example.org: must have the record "*.example.org 300 IN A 203.0.113.7", got none',
    ]);
    expect(await recordsDue({ records: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }, false, known)).toEqual([]);
    expect(handMade({})).toEqual([]);
  });
});
