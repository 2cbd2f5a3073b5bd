import assert from "node:assert/strict";
import { test } from "vitest";
import { settled, type Handshake } from "../../tools/handshakes.ts";

/** Shows these certificates one after the other, and the last one from then on. */
function shows(...fingerprints: string[]): () => Promise<Handshake> {
  const left = [...fingerprints];
  return () => {
    const fingerprint256 = left.length > 1 ? left.shift() : left[0];
    return Promise.resolve({ certificate: { fingerprint256 } } as Handshake);
  };
}

const seen = async (...fingerprints: string[]) =>
  (await settled(shows(...fingerprints))).certificate.fingerprint256;

test("a handshake with an old worker isn't taken for what serves, though a new one was seen before", async () => {
  assert.equal(await seen("old", "new", "old", "new"), "new");
  assert.equal(await seen("new", "old", "old", "old", "old", "old", "new"), "new");
});

test("what serves alone is taken", async () => {
  assert.equal(await seen("only"), "only");
});
