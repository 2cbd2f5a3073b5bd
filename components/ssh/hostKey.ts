import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { connection, sshArguments, type SshTarget } from "./connection.ts";
import { explain, RemoteError } from "./errors.ts";

/** A machine's identity for sshd: both halves as OpenSSH writes them. */
export interface HostKeyPair {
  publicKey: string;
  /** A secret. */
  privateKey: string;
}

/**
 * The ed25519 pair that belongs to a seed of 32 bytes in base64, so that a machine's identity is known before the
 * machine is. Formats: RFC 8410 for the seed, RFC 8709 and OpenSSH's PROTOCOL.key for the result.
 */
export function hostKeyFrom(seed: string): HostKeyPair {
  const secret = Buffer.from(seed, "base64");
  if (secret.length !== 32) throw new Error(`seed: must be 32 bytes in base64, got ${secret.length}`);
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), secret]);
  const spki = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" })).export({
    format: "der",
    type: "spki",
  });
  const open = spki.subarray(-32);
  const blob = Buffer.concat([field("ssh-ed25519"), field(open)]);
  const check = createHash("sha256").update(open).digest().subarray(0, 4);
  const inner = Buffer.concat([check, check, blob, field(Buffer.concat([secret, open])), field("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, index) => index + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const none = field("none");
  const text = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...[none, none, field(""), one, field(blob), field(Buffer.concat([inner, padding]))],
  ]).toString("base64");
  const lines = text.match(/.{1,70}/g) ?? [];
  return {
    publicKey: `ssh-ed25519 ${blob.toString("base64")}`,
    privateKey: [
      "-----BEGIN OPENSSH PRIVATE KEY-----",
      ...lines,
      "-----END OPENSSH PRIVATE KEY-----",
      "",
    ].join("\n"),
  };
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** `SHA256:…` of a public key, as ssh-keygen and sshd's log show it. */
export function keyFingerprint(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/**
 * The public key a machine shows, asked for without logging in: to be compared by a person, never trusted by itself.
 * It goes through jump hosts and proxies, which ssh-keyscan doesn't. Throws {@link RemoteError}.
 */
export async function shownHostKey(target: Omit<SshTarget, "hostKey">): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "berth-key-"));
  try {
    const file = join(folder, "known_hosts");
    const server = connection({ ...target, hostKey: file });
    const first = ["StrictHostKeyChecking=accept-new", "HashKnownHosts=no", "PreferredAuthentications=none"];
    const options = [...first, "ControlPath=none"].flatMap((option) => ["-o", option]);
    const { stderr } = await execa("ssh", [...options, ...sshArguments(server), "true"], { reject: false });
    const known = await readFile(file, "utf8").catch(() => "");
    const key = known.split("\n").map((line) => line.split(" ").slice(1, 3).join(" "))[0];
    if (key === undefined || key === "")
      throw new RemoteError(explain(stderr, { ...target, hostKey: file }), stderr);
    return key;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
