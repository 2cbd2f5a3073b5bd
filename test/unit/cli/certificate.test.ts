import assert from "node:assert/strict";
import { test } from "vitest";
import { certificateVerdict, lookAtCertificate } from "../../../cli/verify/certificate.ts";

const now = new Date("2026-11-26T12:00:00Z");
const shown = {
  subject: "example.org",
  issuer: "Let's Encrypt R11",
  until: new Date("2027-02-10T12:00:00Z"),
  distrust: "",
};
const what = "certificate of example.org";
const verdict = (change: object, failure = "") => {
  const { level, outcome, detail } = certificateVerdict(what, { ...shown, ...change }, failure, now);
  assert.equal(level, "proxy");
  return `${outcome}: ${detail}`;
};

test("a certificate that holds is well, whoever signed it", () => {
  assert.equal(verdict({}), "pass: of Let's Encrypt R11, until 2027-02-10");
  assert.equal(
    verdict({ issuer: "Shop CA", distrust: "SELF_SIGNED_CERT_IN_CHAIN" }),
    "pass: of Shop CA, which public clients don't know, until 2027-02-10",
  );
});

test("one that can't be renewed is well for as long as it holds for two weeks", () => {
  const failure = "dial tcp: connection refused";
  const reason = `; the last try failed: ${failure}`;
  assert.equal(verdict({}, failure), `pass: of Let's Encrypt R11, until 2027-02-10${reason}`);
  const soon = { until: new Date("2026-12-05T12:00:00Z") };
  assert.equal(verdict(soon, failure), `fail: ends on 2026-12-05${reason}`);
  assert.equal(verdict(soon), "pass: of Let's Encrypt R11, until 2026-12-05");
  assert.equal(
    verdict({ until: new Date("2026-11-25T12:00:00Z") }, failure),
    `fail: ended on 2026-11-25${reason}`,
  );
});

test("the proxy's own, from before the first one, is a fault with its reason", () => {
  const own = { issuer: "Berth placeholder example.org", distrust: "DEPTH_ZERO_SELF_SIGNED_CERT" };
  assert.equal(verdict(own), "fail: none has been issued yet; see berth logs certificates");
  assert.equal(
    verdict(own, "no such host"),
    "fail: none has been issued yet; the last try failed: no such host",
  );
});

test("plain HTTP has none to look at", async () => {
  assert.deepEqual(await lookAtCertificate("http://localhost:8080/", "127.0.0.1", ""), []);
  assert.deepEqual(await lookAtCertificate(undefined, undefined, ""), []);
});
