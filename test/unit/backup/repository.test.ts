import { expect, test } from "vitest";
import { keepOptions, passLine, targetKeys, targetVariables } from "../../../services/backup/repository.ts";

test("unless settings say so a month of days is kept, and weeks and months beyond", () => {
  expect(keepOptions({})).toBe(
    "--keep-within 3d --keep-within-daily 30d --keep-daily 7 --keep-weekly 4 --keep-monthly 6",
  );
});

test("settings say what is kept beside the last three days", () => {
  expect(keepOptions({ keep: { daily: 14, weekly: 0, monthly: 2 } })).toBe(
    "--keep-within 3d --keep-daily 14 --keep-monthly 2",
  );
});

test("each kind of storage is told to restic in its own words", () => {
  const s3 = {
    kind: "s3",
    repository: "s3:https://a.example/b",
    accessKey: "id",
    secretKey: "word",
  } as const;
  expect(targetVariables(s3)).toEqual({
    RESTIC_REPOSITORY: "s3:https://a.example/b",
    AWS_SHARED_CREDENTIALS_FILE: "/etc/berth/credentials",
  });
  expect(targetKeys(s3)).toBe("[default]\naws_access_key_id = id\naws_secret_access_key = word\n");
  const gs = { kind: "gs", repository: "gs:b:/", key: "{}" } as const;
  expect(targetVariables(gs)).toEqual({
    RESTIC_REPOSITORY: "gs:b:/",
    GOOGLE_APPLICATION_CREDENTIALS: "/etc/berth/credentials",
  });
  expect(targetKeys(gs)).toBe("{}");
  const folder = { kind: "folder", folder: "/mnt" } as const;
  expect(targetVariables(folder)).toEqual({ RESTIC_REPOSITORY: "/backup/target", BACKUP_FOLDER: "/mnt" });
  expect(targetKeys(folder)).toBeUndefined();
});

test("signs of libpq's own in a password are escaped", () => {
  expect(passLine("a:b\\c")).toBe("*:*:*:*:a\\:b\\\\c\n");
});
