import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { test } from "vitest";
import { compressed } from "../../../components/hosts/ec2/userData.ts";
import { cloudConfig } from "../../../components/machine/cloudConfig.ts";
import { everywhere } from "../../../components/machine/machine.ts";

test("EC2's user-data is compressed, and refused where even that is more than EC2 takes", () => {
  const plain = cloudConfig({ system: "vru", sshFrom: everywhere, gpu: true });
  assert.ok(Buffer.byteLength(plain) > 16_384, "it would fit as it is");
  const bytes = Buffer.from(compressed(plain), "base64");
  assert.equal(gunzipSync(bytes).toString(), plain);
  assert.ok(bytes.length <= 16_384, `${bytes.length} bytes`);
  // Noise can't be compressed: in base64 a byte of it takes one.
  const least = compressed(randomBytes(12_000).toString("base64"));
  assert.ok(Buffer.from(least, "base64").length <= 16_384);
  assert.throws(() => compressed(randomBytes(20_000).toString("base64")), {
    message: /^user-data: must have at most 16384 bytes, got 2\d{4}$/,
  });
});
