import { isReleaseImage } from "../lib/releaseImage.ts";
import type { Settings } from "../settings.ts";
import { asItself } from "../stack/asItself.ts";
import { imagesOf } from "../stack/imagesOf.ts";
import { rowsOf } from "../systems/facts.ts";
import type { Tools } from "../toolchain/index.ts";
import type { Progress } from "../toolchain/progress.ts";
import type { Built } from "../toolchain/source/build.ts";
import { byDigest, digestFor, readLock } from "../toolchain/registry/lockFile.ts";
import { showSteps } from "./board/steps.ts";
import { pluginsFor } from "./hostKind.ts";
import { settingsOf } from "./overrides.ts";
import type { Preflight } from "./preflight/preflight.ts";
import { Refusal, reasonOf } from "./refusal.ts";
import { findTools, loadProgram, type Session } from "./session.ts";

/**
 * Checks; when all that is wrong is that Docker doesn't answer, tries to change that, and checks again. `before` are
 * problems known already. Throws {@link Refusal} with everything that is wrong.
 */
export async function checkAll(
  session: Session,
  check: () => Promise<Preflight>,
  before: readonly string[],
): Promise<Preflight> {
  const first = await check();
  const problems = [...before, ...first.problems];
  if (problems.length === 0) return first;
  const onlyDocker = problems.length === 1 && first.unreachable;
  if (!onlyDocker) throw new Refusal(problems);
  await startDocker(session);
  const second = await check();
  if (second.problems.length > 0) throw new Refusal(second.problems);
  return second;
}

async function startDocker({ output }: Session): Promise<void> {
  const { ensureDocker } = await import("../toolchain/index.ts");
  const steps = showSteps(output);
  try {
    await ensureDocker(steps.progress);
  } catch (error) {
    throw new Refusal([reasonOf(error)]);
  } finally {
    steps.stop();
  }
}

/** Has everything in place that a run needs: tools, images and the program itself, side by side. */
export async function makeReady(session: Session, settings: Settings): Promise<Tools> {
  return await shown(session, async (progress) => {
    const [tools] = await Promise.all([
      findTools(progress, settings.hostKind.plugins),
      haveImages(progress, settings),
      loadProgram(),
    ]);
    return tools;
  });
}

/** Has the engine and the plugins that a plan needs, and nothing of what only a run does. */
export async function haveTools(
  session: Session,
  plugins = pluginsFor(settingsOf(session.stack.config).host),
): Promise<Tools> {
  return await shown(session, (progress) => findTools(progress, plugins), { quiet: true });
}

async function shown<T>(
  { output }: Session,
  work: (progress: Progress) => Promise<T>,
  options = { quiet: false },
): Promise<T> {
  const steps = showSteps(output, options);
  try {
    return await work(steps.progress);
  } catch (error) {
    throw new Refusal(reasonOf(error).split("\n"));
  } finally {
    steps.stop();
  }
}

/** An image that a run has this machine's Docker get. */
export interface WantedImage {
  reference: string;
  /** The same by digest, where that is locked. */
  pulled: string;
}

/** All that a stack runs, where it runs here; else what is sent from here, as another machine pulls the rest. */
export function imagesHere(settings: Settings, locked = readLock()): WantedImage[] {
  const here = settings.hostKind.thisMachine !== undefined;
  const sources = Object.values(settings.sources);
  return imagesOf(settings, true).flatMap((reference): WantedImage[] => {
    if (!here && sources.some((source) => source.reference === reference && source.pushed)) return [];
    // Its machine has it, and this one nowhere to get it from.
    if (!here && isReleaseImage(reference)) return [];
    const digest = digestFor(reference, locked);
    if (digest === undefined) return asItself(settings, reference) ? [] : [{ reference, pulled: reference }];
    if (!here) return [];
    return [{ reference, pulled: reference.includes("@") ? reference : byDigest(reference, digest) }];
  });
}

/** Builds what settings have built of source, and this machine's Docker, or the registry it is pushed to, lacks. */
export async function haveSources(
  progress: Progress,
  { sources, hostKind, logins }: Settings,
): Promise<Built[]> {
  const all = Object.values(sources);
  if (all.length === 0) return [];
  const { buildSources } = await import("../toolchain/source/build.ts");
  return buildSources(all, progress, { here: hostKind.thisMachine !== undefined, logins });
}

async function haveImages(progress: Progress, settings: Settings): Promise<void> {
  const wanted = imagesHere(settings);
  const { ensureDocker } = await import("../toolchain/index.ts");
  if (wanted.length > 0 && settings.hostKind.thisMachine === undefined) await ensureDocker(progress);
  await haveSources(progress, settings);
  if (wanted.length === 0) return;
  const { ensureImages } = await import("../toolchain/images/index.ts");
  const { mirror, logins } = settings;
  const services = Object.values(settings.services);
  // What the system can do without is left out where its image can't be had.
  const table = rowsOf(settings.definition);
  const dispensable = services
    .filter(({ name }) => table[name]?.dispensable === true)
    .map(({ image }) => image);
  const locked = wanted.filter(({ reference, pulled }) => pulled !== reference);
  const missing = await ensureImages(
    progress,
    wanted.map(({ pulled }) => pulled),
    { mirror, logins, dispensable: [...dispensable, ...locked.map(({ pulled }) => pulled)] },
  );
  // This machine goes on with what their tags mean here, and the program says so.
  const instead = locked.filter(({ pulled }) => missing.includes(pulled)).map(({ reference }) => reference);
  if (instead.length > 0) await ensureImages(progress, instead, { mirror, logins, dispensable });
}
