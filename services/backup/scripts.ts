import { readFileSync } from "node:fs";

const parts = [
  "head",
  "run",
  "objects",
  "schedule",
  "restore",
  "room",
  "databases",
  "volumes",
  "drill",
  "main",
];

/** The script that makes backups and gives them back, of the files beside this one. */
export function backupScript(): string {
  return parts.map((part) => readFileSync(new URL(`scripts/${part}.sh`, import.meta.url), "utf8")).join("\n");
}
