import { SettingsError } from "../../lib/problems.ts";
import type { Settings } from "../../settings.ts";
import { withStored } from "../../stack/storedSecrets.ts";
import { Refusal } from "../refusal.ts";

/** What a store of secrets doesn't give. */
export async function storeProblems(settings: Settings): Promise<readonly string[]> {
  return await withStored(settings).then(
    () => [],
    (error: unknown) => {
      if (error instanceof SettingsError) return error.problems;
      throw error;
    },
  );
}

/**
 * Of a command that changes the stack's file and then runs `up`, which would be refused: the file would be left
 * changed. Throws {@link Refusal}.
 */
export async function checkStores(settings: Settings): Promise<void> {
  const problems = await storeProblems(settings);
  if (problems.length > 0) throw new Refusal(problems);
}
