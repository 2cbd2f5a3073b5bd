// Loading 200 TypeScript files one by one takes a second and a half; as one file they take a third of that. What
// the sources say decides: the file is made anew when any of them has changed.
import { createHash } from "node:crypto";
import { readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL, URL } from "node:url";
import envPaths from "env-paths";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** These load parts of themselves by path, or are large and rarely needed. */
const external = ["@pulumi/*", "@grpc/*", "dockerode", "esbuild"];

export const { cache } = envPaths("berth", { suffix: "" });

/** The program and its command line as one CommonJS file, made if it isn't there. */
export async function compiled() {
  const folder = join(cache, "program", digest(root));
  const known = await readFile(join(folder, "inputs.json"), "utf8").then(JSON.parse, () => undefined);
  if (known && (await stamp(known.inputs)) === known.stamp) return join(folder, known.file);
  return await compile(folder);
}

async function compile(folder) {
  const { build } = await import("esbuild");
  const begun = Date.now();
  const next = join(folder, `next-${process.pid}.cjs`);
  const { metafile } = await build({
    entryPoints: [join(root, "cli/main.ts")],
    absWorkingDir: root,
    outfile: next,
    bundle: true,
    metafile: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    logLevel: "error",
    external,
    plugins: [ownPlace],
    // Packages that stay outside are looked for where the sources are.
    banner: {
      js: `require = require("node:module").createRequire(${JSON.stringify(join(root, "package.json"))});`,
    },
    supported: { "dynamic-import": false },
  });
  const inputs = Object.keys(metafile.inputs);
  const now = await stamp(inputs);
  const file = `main-${now}.cjs`;
  await rename(next, join(folder, file));
  const changedMeanwhile = (await latest(inputs)) >= begun;
  if (!changedMeanwhile) await remember(folder, { inputs, stamp: now, file });
  return join(folder, file);
}

/** In one step, so that a command beside this one reads all of it or nothing. */
async function remember(folder, known) {
  const list = join(folder, `inputs-${process.pid}.json`);
  await writeFile(list, JSON.stringify(known));
  await rename(list, join(folder, "inputs.json"));
  const old = (await readdir(folder)).filter((name) => name.startsWith("main-") && name !== known.file);
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}

/** What the sources look like from outside: a change shows in size or time. */
async function stamp(inputs) {
  const looks = await Promise.all(
    inputs.map((file) => stat(join(root, file)).catch(() => ({ size: 0, mtimeMs: 0 }))),
  );
  return digest(looks.map(({ size, mtimeMs }, index) => `${inputs[index]} ${size} ${mtimeMs}`).join("\n"));
}

async function latest(inputs) {
  const looks = await Promise.all(inputs.map((file) => stat(join(root, file))));
  return Math.max(...looks.map(({ mtimeMs }) => mtimeMs));
}

/** A source asks where it lies, to find the checkout; it keeps the answer it would get as a file of its own. */
const ownPlace = {
  name: "own-place",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)));
      return { loader: "ts", contents };
    });
  },
};

function digest(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
