import { gunzipSync } from "node:zlib";

/** An EC2 machine's user-data as cloud-init reads it. */
export function userDataOf({ userDataBase64 }: Record<string, unknown>): string {
  return gunzipSync(Buffer.from(String(userDataBase64), "base64")).toString();
}
