import { strToU8, zipSync } from "fflate";

/** A user of the store, and which of its keys is in use. */
export interface KeyOf {
  user: string;
  /** How often its key was rotated, and one. */
  counter: number;
}

/** The access key of a generation: each has one of its own, so that the former is taken beside it. */
export function accessKey({ user, counter }: KeyOf): string {
  return counter === 1 ? user : `${user}-${counter}`;
}

/** What the administrator's own key is called. */
export function rootUser(user: string): string {
  return `${user}-root`;
}

export interface Key {
  key: string;
  secret: string;
}

/**
 * A user with every right to buckets and objects and none to administer, as MinIO's import of users takes it: a zip
 * archive, here in base64 (https://pkg.go.dev/github.com/minio/madmin-go/v3#AdminClient.ImportIAM). Of all calls that
 * make a user it is the one whose body isn't encrypted by a scheme of MinIO's own, so curl can send it.
 */
export function userArchive({ key, secret }: Key): string {
  const json = (value: unknown) => strToU8(JSON.stringify(value));
  const files = {
    "iam-assets/users.json": json({ [key]: { secretKey: secret, status: "enabled" } }),
    "iam-assets/user_mappings.json": json({ [key]: { version: 1, policy: "readwrite" } }),
  };
  // The earliest that the format has: the same user is the same archive.
  return Buffer.from(zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) })).toString("base64");
}
