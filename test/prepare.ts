import { ensureImages, recipes } from "../toolchain/images/index.ts";
import { ensureDocker, ensureTools } from "../toolchain/index.ts";
import { buildxCommand } from "../toolchain/source/buildx.ts";
import { withLock } from "../toolchain/lock.ts";
import { plainProgress } from "../toolchain/progress.ts";
import { standinImage } from "./standin/image.ts";
import { findBrowser } from "./tools/browser.ts";
import { laterPostgres, prepareLaterPostgres } from "./tools/laterPostgres.ts";
import { preparing } from "./tools/locks.ts";

const progress = plainProgress((line) => process.stderr.write(line));

/**
 * Makes what live tests need and a bare machine lacks: tools, Docker, images, a browser. That takes minutes, so it
 * runs beside the other tests. Live files that run alone wait for it: none of them shares the machine with a compiler.
 *
 * @throws with each reason when something couldn't be made; the tests that need it fail by themselves
 */
export async function prepareAll(): Promise<void> {
  await withLock(
    preparing,
    () => true,
    async () => {
      const plugins = ["docker", "random", "command"] as const;
      const results = await Promise.allSettled([ensureTools(progress, { plugins: [...plugins] }), images()]);
      const reasons = results.flatMap((result) =>
        result.status === "rejected" ? [String(result.reason)] : [],
      );
      if (reasons.length > 0) throw new Error(reasons.join("\n"));
    },
  );
}

async function images(): Promise<void> {
  await ensureDocker(progress);
  const browser = await findBrowser();
  progress.step("browser").done("path" in browser ? browser.path : browser.reason);
  if (process.env.BERTH_TEST_IMAGES === "present") return;
  const buildx = progress.step("buildx");
  buildx.done((await buildxCommand(buildx)).join(" "));
  const references = Object.keys(recipes).filter((name) => recipes[name]?.kind === "dockerfile");
  await ensureImages(progress, references);
  const later = progress.step("a later PostgreSQL");
  later.note("building");
  await prepareLaterPostgres();
  later.done(laterPostgres);
  for (const variant of ["docker", "plain"] as const) {
    const step = progress.step(`machine stand-in ${variant}`);
    step.note("building");
    step.done(await standinImage(variant));
  }
}

if (process.argv[1] === import.meta.filename) await prepareAll();
