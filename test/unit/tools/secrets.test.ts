import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { test } from "vitest";
import { disguises, leaks, secretsOfKey } from "../../tools/secrets.ts";

const secret = 'q7/+W?>~zR"é-_9Zk0';

test("a secret is found in a longer text, however it is written there and wherever it begins", () => {
  for (const before of ["", "a", "ab", "abc", "abcd"])
    for (const after of ["", "z", "zy", "zyx"]) {
      const text = before + secret + after;
      const written: Record<string, string> = {
        raw: text,
        "URL-encoded": encodeURIComponent(text),
        "in JSON": JSON.stringify({ text }),
        hex: Buffer.from(text).toString("hex"),
        HEX: Buffer.from(text).toString("hex").toUpperCase(),
        base64: Buffer.from(text).toString("base64"),
        base64url: Buffer.from(text).toString("base64url"),
      };
      for (const [how, form] of Object.entries(written)) {
        const found = leaks(`before ${form} after`, { secret });
        const wanted = how.startsWith("base64") ? `secret ${how} at ${before.length % 3}` : `secret ${how}`;
        assert.ok(found.includes(wanted), `${how} of ${text}: ${found.join()}`);
      }
    }
});

test("no form of a secret is short enough to be found by chance, and in noise none is", () => {
  for (const form of Object.values(disguises(secret))) assert.ok(form.length >= 18, form);
  const noise = randomBytes(1 << 18);
  for (const encoding of ["base64", "hex", "latin1"] as const)
    assert.deepEqual(leaks(noise.toString(encoding), { secret }), []);
});

test("of a private key the number and its lines are secret, and the public half isn't", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  for (const { privateKey, publicKey } of [ec, rsa])
    for (const type of ["pkcs8", privateKey === ec.privateKey ? "sec1" : "pkcs1"] as const) {
      const pem = privateKey.export({ format: "pem", type: type }).toString();
      const secrets = secretsOfKey("key", pem);
      assert.ok(Object.keys(secrets).length >= 3, Object.keys(secrets).join());
      for (const name of Object.keys(secrets).filter((one) => one.includes("line")))
        assert.ok(leaks(JSON.stringify({ pem }), secrets).includes(`${name} raw`), name);
      assert.deepEqual(leaks(publicKey.export({ format: "pem", type: "spki" }).toString(), secrets), []);
      assert.deepEqual(leaks(JSON.stringify(publicKey.export({ format: "jwk" })), secrets), []);
    }
});
