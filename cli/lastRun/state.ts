import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { checkpointFile, folderOf } from "../state/backend.ts";
import { parseCheckpoint, wantedContainers } from "../state/checkpoint.ts";
import { digest, type Facts } from "./facts.ts";

/** The engine's state of a stack; nothing where it isn't a file of this machine. */
export async function stateFacts(backend: string, stack: string): Promise<Facts | undefined> {
  const folder = folderOf(backend);
  if (folder === undefined) return undefined;
  const text = await readFile(checkpointFile(folder, stack), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const checkpoint = parseCheckpoint(text);
  const locks = join(folder, ".pulumi", "locks", "organization", "berth", stack);
  const held = existsSync(locks) ? (await readdir(locks)).filter((name) => name.endsWith(".json")) : [];
  return {
    state: {
      [digest]: createHash("sha256").update(text).digest("hex"),
      locks: `${held.length}`,
      "pending steps": `${checkpoint.pending.length}`,
      services: wantedContainers(checkpoint)
        .map(({ id = "" }) => id)
        .sort()
        .join(" "),
    },
  };
}
