import type { Settings } from "../../settings.ts";
import type { EngineInfo } from "../docker/open.ts";
import { ownKeys } from "../overrides.ts";
import { root, type StackFile } from "../project.ts";
import { problemsIn } from "../refusal.ts";

export interface CheckedSettings {
  settings?: Settings;
  problems: readonly string[];
}

/**
 * Reads a stack's settings as the program will. The program's own reader, so both say the same; what only looks at a
 * system or keeps its data lets be that a certificate in them has `ended`.
 */
export async function checkSettings(
  { config, secretKeys }: Pick<StackFile, "config" | "secretKeys">,
  more: { ended?: boolean } = {},
): Promise<CheckedSettings> {
  const { settingsFrom } = await import("../../settings.ts");
  try {
    return { settings: await settingsFrom(ownKeys(config), root, secretKeys, more), problems: [] };
  } catch (error) {
    const problems = problemsIn(error);
    if (problems === undefined) throw error;
    return { problems };
  }
}

export interface Fit {
  problems: readonly string[];
  warnings: readonly string[];
}

/** Whether the limits fit the engine's machine; the program scales them the same way. */
export async function checkFit(settings: Settings, info: EngineInfo): Promise<Fit> {
  const [{ fitLimits }, { rowsOf }] = await Promise.all([
    import("../../settings/limits.ts"),
    import("../../systems/facts.ts"),
  ]);
  const capacity = { cpus: info.NCPU, memory: Math.floor(info.MemTotal / 1024 / 1024), gpus: 0 };
  try {
    return {
      problems: [],
      warnings: fitLimits(settings.services, rowsOf(settings.definition), capacity).warnings,
    };
  } catch (error) {
    const problems = problemsIn(error);
    if (problems === undefined) throw error;
    return { problems, warnings: [] };
  }
}
