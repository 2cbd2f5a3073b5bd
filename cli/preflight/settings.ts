import type { Settings } from "../../settings.ts";
import type { Sizes } from "../../stack/sizes.ts";
import type { EngineInfo } from "../docker/open.ts";
import { sealedPaths } from "../../lib/sealed.ts";
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
  {
    config,
    secretKeys,
    written,
  }: Pick<StackFile, "config" | "secretKeys"> & Partial<Pick<StackFile, "written">>,
  more: { ended?: boolean } = {},
): Promise<CheckedSettings> {
  const { settingsFrom } = await import("../../settings.ts");
  try {
    const sealed = written && sealedPaths(written);
    return {
      settings: await settingsFrom(ownKeys(config), root, secretKeys, { ...more, sealed }),
      problems: [],
    };
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

/**
 * Whether the limits fit the stack's machines: this one, as its engine says, or those that are known by settings. The
 * program scales them the same way. Nothing is said where nobody knows yet.
 */
export async function checkFit(settings: Settings, info?: EngineInfo): Promise<Fit> {
  const sizes = sizesOf(settings, info);
  if (sizes === undefined) return { problems: [], warnings: [] };
  const { fitMachines } = await import("../../stack/machines.ts");
  try {
    return { problems: [], warnings: fitMachines(settings, sizes).warnings };
  } catch (error) {
    const problems = problemsIn(error);
    if (problems === undefined) throw error;
    return { problems, warnings: [] };
  }
}

function sizesOf({ hostKind, host, hosts }: Settings, info: EngineInfo | undefined): Sizes | undefined {
  if (hostKind.thisMachine) {
    if (info === undefined) return undefined;
    return { capacity: { cpus: info.NCPU, memory: Math.floor(info.MemTotal / 1024 / 1024), gpus: 0 } };
  }
  const capacity = hostKind.size?.(host);
  const others = Object.entries(hosts).map(([name, one]) => [name, hostKind.size?.(one)] as const);
  const known = others.flatMap(([name, size]) =>
    size === undefined ? [] : [[name, { capacity: size }] as const],
  );
  if (capacity === undefined || known.length < others.length) return undefined;
  return { capacity, beside: Object.fromEntries(known) };
}
