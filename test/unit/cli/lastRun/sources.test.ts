import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { imagesFolder, sourceFiles } from "../../../../toolchain/images/sources.ts";
import { cli, plugin } from "../../../../toolchain/tools.ts";

const root = join(import.meta.dirname, "../../../..");

/** In a process of its own, for it isn't TypeScript's. */
async function beside(): Promise<string[]> {
  const script = `import { beside } from "${root}/cli/compile.mjs"; console.log(JSON.stringify(beside()));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  return JSON.parse(stdout) as string[];
}

it("whatever the program reads beside its compiled file counts as its source", async () => {
  const counted = new Set(await beside());
  const images = (await sourceFiles(imagesFolder)).map((file) => `images/${file}`);
  const tools = [cli, plugin("docker"), plugin("random")].map(
    ({ folder }) => `${folder.slice(root.length + 1)}/go.mod`,
  );
  const packages = ["package.json", "package-lock.json", "node_modules/.package-lock.json"];
  const missing = [
    ...images,
    ...tools,
    ...packages,
    "components/machine/scripts/disk.sh",
    "services/backup/scripts/run.sh",
  ].filter((file) => !counted.has(file));
  expect(missing).toEqual([]);
  expect(images.length).toBeGreaterThan(50);
});
