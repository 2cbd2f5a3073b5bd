import { createHash, createHmac, randomBytes } from "node:crypto";

const salt = "django.contrib.sessions.SessionStore";
/** Digits of Django's numbers, in its order. */
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export interface Session {
  key: string;
  /** A row of Django's own table. */
  sql: string;
}

/** A session as whoever knows a SECRET_KEY can make it (https://docs.djangoproject.com/en/5.2/topics/signing/). */
export function session(content: object, secretKey: string): Session {
  const stamped = `${base64(Buffer.from(JSON.stringify(content)))}:${base62(Math.floor(Date.now() / 1000))}`;
  const signer = createHash("sha256").update(`${salt}signer${secretKey}`).digest();
  const data = `${stamped}:${base64(createHmac("sha256", signer).update(stamped).digest())}`;
  const key = randomBytes(16).toString("hex");
  const columns = "django_session (session_key, session_data, expire_date)";
  return { key, sql: `INSERT INTO ${columns} VALUES ('${key}', '${data}', now() + interval '1 hour')` };
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64url");
}

function base62(number: number): string {
  const rest = Math.floor(number / digits.length);
  return `${rest === 0 ? "" : base62(rest)}${digits[number % digits.length]}`;
}
