import { expect, test } from "vitest";
import { guardedProblems } from "../../../cli/preflight/guarded.ts";
import type { Checkpoint } from "../../../cli/state/checkpoint.ts";
import { parseSettings } from "../../../settings.ts";

const urn = (name: string) => `urn:pulumi:prod::berth::t$u::${name}`;
const checkpoint = (protect: boolean) =>
  ({
    resources: ["app", "backup-password", "certificates-data"].map((name) => ({ urn: urn(name), protect })),
  }) as Checkpoint;
const settings = (more: object) => parseSettings({ system: "docsai", ...more });
const all = { backup: { to: "/mnt/nas" }, tls: true, domains: ["shop.example.org"] };

test("backups and certificates from a CA go on with what the stack holds of them", () => {
  expect(guardedProblems("prod", settings(all), checkpoint(true))).toEqual([]);
});

test("switched off, each says what goes with it and the way out", () => {
  expect(guardedProblems("prod", settings({}), checkpoint(true))).toEqual([
    `backup: must stay as it is while the stack holds the password without which no backup can be read, got none; keep it first (pulumi stack output secrets --show-secrets --stack prod shows it under "backups, password"), then pulumi state unprotect '${urn("backup-password")}' --yes --stack prod lets go of it; berth env says how`,
    `tls: must have certificates from a CA while the stack holds their volume, got false; pulumi state unprotect '${urn("certificates-data")}' --yes --stack prod lets go of it, and the volume stays as data does; berth env says how`,
  ]);
});

test("a password of one's own replaces the stack's only when that is let go", () => {
  const own = settings({ ...all, backup: { to: "/mnt/nas", password: "correct-horse-battery" } });
  const [problem = ""] = guardedProblems("prod", own, checkpoint(true));
  expect(problem.split("; ")[0]).toBe(
    "backup: must stay as it is while the stack holds the password without which no backup can be read, got another password",
  );
  expect(problem).not.toContain("correct-horse");
});

test("what isn't protected, or isn't there, is nobody's problem", () => {
  expect(guardedProblems("prod", settings({}), checkpoint(false))).toEqual([]);
  expect(guardedProblems("prod", settings({}), { resources: [] } as unknown as Checkpoint)).toEqual([]);
});

test("each value that a rotated password had is let go of", () => {
  const resources = ["backup-password", "backup-password.2"].map((name) => ({
    urn: urn(name),
    protect: true,
  }));
  const [problem = ""] = guardedProblems("prod", settings({}), { resources } as unknown as Checkpoint);
  for (const { urn } of resources)
    expect(problem).toContain(`pulumi state unprotect '${urn}' --yes --stack prod`);
  const [first, second] = resources;
  const freed = { resources: [{ ...first, protect: false }, second] } as unknown as Checkpoint;
  expect(guardedProblems("prod", settings({}), freed)).toHaveLength(1);
});
