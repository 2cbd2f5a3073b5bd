import { ensureDocker, ensureTools, type Tools } from "../../toolchain/index.ts";
import { ensureImages } from "../../toolchain/images/index.ts";
import { plainProgress } from "../../toolchain/progress.ts";
import { filesImage } from "../../services/proxy/definition.ts";
import { rowsOf } from "../../systems/facts.ts";
import { systems, type SystemName } from "../../systems/index.ts";

/** Has Docker and these images on this machine, for tests of a part that needs no engine. */
export async function prepareImages(references: string[]): Promise<void> {
  const progress = plainProgress((line) => process.stderr.write(line));
  await ensureDocker(progress);
  if (process.env.BERTH_TEST_IMAGES === "present") return;
  await ensureImages(progress, references);
}

/**
 * Has the tools, Docker and a system's images on this machine, as `berth up` would. BERTH_TEST_IMAGES=present takes
 * the images as they are, for work on tests while the images' own sources change.
 */
export async function prepare(system: SystemName, more: string[], monitoring = false): Promise<Tools> {
  const progress = plainProgress((line) => process.stderr.write(line));
  const [tools] = await Promise.all([ensureTools(progress), ensureDocker(progress)]);
  if (process.env.BERTH_TEST_IMAGES === "present") return tools;
  const rows = Object.values(
    rowsOf(systems[system], { watched: monitoring, certified: false, backed: false }),
  );
  const images = rows.map(({ image }) => image);
  const dispensable = rows.filter((row) => row.dispensable === true).map(({ image }) => image);
  await ensureImages(progress, [filesImage, ...images, ...more], { dispensable });
  return tools;
}
