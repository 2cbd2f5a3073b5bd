import { expect, test } from "vitest";
import { confirmLoss, holdsBackupPassword, lossText } from "../../../cli/destroy/confirm.ts";
import type { Checkpoint } from "../../../cli/state/checkpoint.ts";

const loss = { stack: "prod", volumes: ["prod-media", "prod-postgres"], password: false };

test("what goes for good is named, and of backups how to keep their password", () => {
  expect(lossText(loss)).toBe("the data in prod-media, prod-postgres and all passwords");
  expect(lossText({ ...loss, volumes: [] })).toBe("the passwords");
  expect(lossText({ ...loss, volumes: [], password: true })).toBe(
    'the passwords, with them the one without which no backup can be read (pulumi stack output secrets --show-secrets --stack prod shows it under "backups, password", berth env says how)',
  );
});

test("only a password that the state alone holds goes with it", () => {
  const checkpoint = (...names: string[]) =>
    ({ resources: names.map((name) => ({ urn: `urn:pulumi:prod::berth::t::${name}` })) }) as Checkpoint;
  expect(holdsBackupPassword(checkpoint("app", "backup-password"))).toBe(true);
  expect(holdsBackupPassword(checkpoint("app", "backup", "postgres-password"))).toBe(false);
  expect(holdsBackupPassword(undefined)).toBe(false);
});

test("where nobody can answer it is refused, unless that was said before", async () => {
  await expect(confirmLoss(loss, false)).rejects.toThrow(
    '--data: must come with --yes where nobody can be asked; it deletes the data in prod-media, prod-postgres and all passwords of stack "prod" for good',
  );
  await expect(confirmLoss({ ...loss, volumes: [] }, false, "--gone")).rejects.toThrow(
    '--gone: must come with --yes where nobody can be asked; it deletes the passwords of stack "prod" for good',
  );
  await expect(confirmLoss(loss, true)).resolves.toBeUndefined();
});
