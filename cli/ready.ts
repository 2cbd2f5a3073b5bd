import type { Settings } from "../settings.ts";
import { filesImage, rowsOf } from "../systems/facts.ts";
import type { Tools } from "../toolchain/index.ts";
import { showSteps } from "./board/steps.ts";
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
  const steps = showSteps(session.output);
  try {
    const [tools] = await Promise.all([
      findTools(steps.progress, settings.hostKind.plugins),
      haveImages(steps.progress, settings),
      loadProgram(),
    ]);
    return tools;
  } catch (error) {
    throw new Refusal(reasonOf(error).split("\n"));
  } finally {
    steps.stop();
  }
}

/** Every image that a stack uses, by its reference. */
export function imagesOf({ services }: Settings): string[] {
  return [...new Set([filesImage, ...Object.values(services).map(({ image }) => image)])];
}

async function haveImages(progress: ReturnType<typeof showSteps>["progress"], settings: Settings) {
  const { ensureImages } = await import("../toolchain/images/index.ts");
  const { mirror, username, password } = settings.registry;
  const auth = username !== undefined && password !== undefined ? { username, password } : undefined;
  const services = Object.values(settings.services);
  // What the system can do without is left out where its image can't be had.
  const table = rowsOf(settings.definition);
  const dispensable = services
    .filter(({ name }) => table[name]?.dispensable === true)
    .map(({ image }) => image);
  await ensureImages(progress, imagesOf(settings), { mirror, auth, dispensable });
}
