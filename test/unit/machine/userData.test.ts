import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { test } from "vitest";
import { ec2HostSchema } from "../../../components/hosts/ec2/settings.ts";
import { compressed, ec2UserData } from "../../../components/hosts/ec2/userData.ts";
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
    message:
      /^host\.ssh\.publicKeys: must leave the machine's user-data within the 16384 bytes that EC2 takes, and makes it 2\d{4}, compressed; name fewer keys or shorter ones, which ssh-keygen -t ed25519 makes$/,
  });
});

/** RSA keys of 4,096 bits, of which nothing but the beginning is alike; 730 characters each. */
function rsaKeys(count: number): string[] {
  return Array.from(
    { length: count },
    () => `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAACAQ${randomBytes(512).toString("base64")} you`,
  );
}

/** What settings say of a machine of this type, by ssm: each problem as `path: rule`. */
function problems(instanceType: string, ssh: Record<string, unknown>): string[] {
  const { error } = ec2HostSchema.safeParse({
    kind: "ec2",
    region: "eu-central-1",
    instanceType,
    ssh: { by: "ssm", ...ssh },
  });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const tooLong =
  /^ssh\.publicKeys: must leave the machine's user-data within the 16384 bytes that EC2 takes, and makes it up to 1[6-8]\d{3}, compressed; name fewer keys or shorter ones, which ssh-keygen -t ed25519 makes$/;

test("six RSA keys are taken without a GPU, four with one, and eight refused, before anything is made", () => {
  const publicKeys = rsaKeys(8);
  assert.deepEqual(problems("t3.large", { publicKeys: publicKeys.slice(2) }), []);
  assert.deepEqual(problems("g5.xlarge", { publicKeys: publicKeys.slice(4) }), []);
  const [line = "", ...others] = problems("g5.xlarge", { publicKeys });
  assert.match(line, tooLong);
  assert.deepEqual(others, []);
  const ed25519 = publicKeys.map((_, index) => `ssh-ed25519 ${randomBytes(51).toString("base64")} ${index}`);
  assert.deepEqual(problems("g5.xlarge", { publicKeys: ed25519 }), []);
});

test("addresses that ssh is open from count as keys do", () => {
  const [publicKey = ""] = rsaKeys(1);
  const allowFrom = Array.from({ length: 1_500 }, () => `${[...randomBytes(4)].join(".")}/32`);
  const [line = ""] = problems("g5.xlarge", { publicKeys: [publicKey], allowFrom });
  assert.match(line, /^ssh\.publicKeys: must leave the machine's user-data within the 16384 bytes/);
});

test("settings too short to be measured fit with the longest of all else, and the reserve holds it", () => {
  const name = Array.from({ length: 42 }, (_, index) => String.fromCharCode(97 + ((index * 11) % 26))).join(
    "",
  );
  const innerPorts = [5432, 6379, 9000, 8080, 9090, 9121, 9187, 8000, 3000, 9113, 10443, 20443];
  const size = (publicKeys: string[], more: object) => {
    const text = ec2UserData({
      system: "system",
      region: "us-gov-west-1",
      ssh: { user: "a".repeat(32), by: "ssm", allowFrom: [], publicKeys },
      gpu: true,
      network: "10.20.0.0/24",
      dataDevice: "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0",
      ...more,
    });
    return Buffer.from(compressed(text), "base64").length;
  };
  const most = { system: name, innerPorts, ports: [] };
  const noise = randomBytes(2_175).toString("base64");
  assert.equal(noise.length, 2_900);
  assert.ok(size([noise], most) <= 16_384, `${size([noise], most)} bytes`);
  const more = size([], most) - size([], {});
  assert.ok(more > 0 && more <= 128, `${more} bytes more`);
});
