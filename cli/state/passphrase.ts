import { createDecipheriv, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(pbkdf2);
const tagLength = 16;

/**
 * Whether a passphrase opens a stack, asked of the salt that every stack carries: `v1:<salt>:v1:<nonce>:<"pulumi",
 * sealed>` (pulumi/pulumi pkg/secrets/passphrase/manager.go, sdk/go/common/resource/config/crypt.go). A quarter of
 * a second, off the main thread.
 */
export async function opens(passphrase: string, state: string): Promise<boolean> {
  const [version, salt = "", , nonce = "", sealed = ""] = state.split(":");
  if (version !== "v1") return true;
  const key = await derive(passphrase, Buffer.from(salt, "base64"), 1_000_000, 32, "sha256");
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagLength));
  try {
    const text = Buffer.concat([
      decipher.update(bytes.subarray(0, bytes.length - tagLength)),
      decipher.final(),
    ]);
    return text.toString() === "pulumi";
  } catch {
    return false;
  }
}
