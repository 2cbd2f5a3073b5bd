import { readFile } from "node:fs/promises";
import { commentOf } from "../comment/markdown.ts";
import { planIn, type Plan } from "../comment/steps.ts";
import { Refusal, reasonOf } from "../refusal.ts";

/** The comment of a preview that plain Pulumi made, from its file; nothing else is looked at. Throws {@link Refusal}. */
export async function comment(file: string, markdown = false): Promise<number> {
  if (!markdown) throw new Refusal(["--events: must come with --markdown, got --events alone"]);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Refusal([`--events: must be a file that can be read, got "${reasonOf(error)}"`]);
  });
  sayComment(planIn(text));
  return 0;
}

export function sayComment(plan: Plan): void {
  process.stdout.write(commentOf(plan));
}
