// Loading 200 TypeScript files one by one takes a second and a half; as one file they take a third of that. What
// the sources say decides: the file is made anew when any of them has changed.
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL, URL } from "node:url";
import envPaths from "env-paths";
import { cacheProblem } from "./places.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** These load parts of themselves by path, or are large and rarely needed. What loads by import() isn't among them: the cache that it runs from can't do that. */
const external = ["@pulumi/*", "@grpc/*", "dockerode", "esbuild", "@aws-sdk/client-secrets-manager"];

export const { cache } = envPaths("berth", { suffix: "" });

/**
 * The program and its command line as one CommonJS file, made if it isn't there; and what stands for all it is made of
 * and reads, unless that changed meanwhile. Another entry of the checkout is compiled likewise.
 */
export async function compiled(entry = "cli/main.ts") {
  const folder = join(cache, "program", digest(join(root, entry)));
  const known = await readFile(join(folder, "inputs.json"), "utf8").then(JSON.parse, () => undefined);
  const others = stamp(beside());
  if (known && stamp(known.inputs) === known.stamp)
    return { file: join(folder, known.file), sources: digest(known.stamp + others) };
  return await compile(entry, folder, others);
}

/** Of this process, which may be asked twice at once: each writes files of its own. */
let compilations = 0;

async function compile(entry, folder, others) {
  const problem = cacheProblem();
  if (problem !== undefined) throw Object.assign(new Error(problem), { code: "ERR_NO_CACHE" });
  const { build } = await import("esbuild");
  const begun = Date.now();
  const next = join(folder, `next-${process.pid}-${++compilations}.cjs`);
  const { metafile } = await build({
    entryPoints: [join(root, entry)],
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
  const now = stamp(inputs);
  const file = `main-${now}.cjs`;
  await rename(next, join(folder, file));
  const changedMeanwhile = latest(inputs) >= begun;
  if (!changedMeanwhile) await remember(folder, { inputs, stamp: now, file });
  return { file: join(folder, file), sources: changedMeanwhile ? undefined : digest(now + others) };
}

/** In one step, so that a command beside this one reads all of it or nothing. */
async function remember(folder, known) {
  const list = join(folder, `inputs-${process.pid}-${++compilations}.json`);
  await writeFile(list, JSON.stringify(known));
  await rename(list, join(folder, "inputs.json"));
  const old = (await readdir(folder)).filter((name) => name.startsWith("main-") && name !== known.file);
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}

/** Folders whose files the program reads as it runs: sources of images and tools, and scripts. */
const folders = ["images", "toolchain/go", "components/machine/scripts", "services/backup/scripts"];
/** What the packages outside the compiled file are, and what tags mean. */
const packages = ["package.json", "berth.lock.json", "package-lock.json", "node_modules/.package-lock.json"];
/** What tools leave there; no part of an image. */
const leftovers = new Set(["node_modules", "dist", "__pycache__", ".vite"]);

/** Everything the program reads beside its compiled file. */
export function beside() {
  const files = (folder) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter(({ name }) => !leftovers.has(name))
      .flatMap((entry) =>
        entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
      );
  return [...packages, ...folders.flatMap(files)];
}

/** What files look like from outside: a change shows in size or time. Asked one by one, which is quickest. */
function stamp(files) {
  const looks = files.map((file) => {
    const { size = 0, mtimeMs = 0 } = statSync(join(root, file), { throwIfNoEntry: false }) ?? {};
    return `${file} ${size} ${mtimeMs}`;
  });
  return digest(looks.join("\n"));
}

function latest(inputs) {
  return Math.max(...inputs.map((file) => statSync(join(root, file)).mtimeMs));
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
