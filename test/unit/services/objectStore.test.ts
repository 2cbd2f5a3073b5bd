import assert from "node:assert/strict";
import { unzipSync } from "fflate";
import { execa } from "execa";
import { test } from "vitest";
import { bucketScript, curlConf, retireScript } from "../../../services/objectStore/bucket.sh.ts";
import { accessKey, userArchive } from "../../../services/objectStore/keys.ts";

const bucket = { endpoint: "http://minio:9000", bucket: "vertex-ar", versioning: true };

test("a bucket's job signs by its configuration", () => {
  const conf = curlConf({ key: "berth-arv", secret: "S3cr3t" });
  assert.equal(conf, 'user = "berth-arv:S3cr3t"\naws-sigv4 = "aws:amz:us-east-1:s3"\n');
  const script = bucketScript(bucket, "/c");
  assert.match(script, /^base=http:\/\/minio:9000\/vertex-ar$/m);
  assert.match(script, /<Status>Enabled<\/Status>/);
  assert.match(bucketScript({ ...bucket, versioning: false }, "/c"), /<Status>Suspended<\/Status>/);
});

test("each generation of a key has a name of its own", () => {
  assert.deepEqual(
    [1, 2, 3].map((counter) => accessKey({ user: "berth-arv", counter })),
    ["berth-arv", "berth-arv-2", "berth-arv-3"],
  );
});

test("a shell reads each script", async () => {
  for (const counter of [2, 3])
    await execa("sh", ["-n"], { input: retireScript(bucket, { user: "berth-arv", counter }, 45, "/c") });
  await execa("sh", ["-n"], { input: bucketScript(bucket, "/c") });
});

test("a user's archive is the same for the same user, another for another, and nobody's to administer", () => {
  const user = { key: "berth-arv", secret: "S3cr3t" };
  assert.equal(userArchive(user), userArchive({ ...user }));
  assert.notEqual(userArchive(user), userArchive({ ...user, secret: "other" }));
  const files = unzipSync(Buffer.from(userArchive(user), "base64"));
  const read = (name: string): unknown => JSON.parse(Buffer.from(files[name] ?? []).toString());
  assert.deepEqual(read("iam-assets/users.json"), {
    "berth-arv": { secretKey: "S3cr3t", status: "enabled" },
  });
  assert.deepEqual(read("iam-assets/user_mappings.json"), {
    "berth-arv": { version: 1, policy: "readwrite" },
  });
});
