#!/usr/bin/env node
// The one file that runs before TypeScript can.
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

// What a service of the machine starts may have none; without the variable it is the user's own.
if (process.env.HOME === "") delete process.env.HOME;
try {
  process.cwd();
} catch {
  process.stderr.write(
    "folder: must be there while a command runs in it, got one that is gone; cd to another\n",
  );
  process.exit(1);
}

const { program, sources } = await load();
await program.main(process.argv, sources);

/** From one compiled file in the user's cache; from the sources, which takes a second longer, to find a mistake. */
async function load() {
  try {
    if (!process.env.BERTH_DEBUG) {
      // The SDK makes errors for each resource, to be ready for one: whose frames they hold is half of what they cost.
      Error.stackTraceLimit = 2;
      const { cache, compiled } = await import("./compile.mjs");
      const { file, sources } = await compiled();
      const require = createRequire(import.meta.url);
      process.env.V8_COMPILE_CACHE_CACHE_DIR ??= join(cache, "v8");
      require("v8-compile-cache");
      const { loadLate } = await import("./lazy.mjs");
      loadLate();
      return { program: require(file), sources };
    }
    const { register } = await import("tsx/esm/api");
    register();
    return { program: await import("./main.ts") };
  } catch (error) {
    const packages = error?.code === "ERR_MODULE_NOT_FOUND";
    if (!packages && error?.code !== "ERR_NO_CACHE") throw error;
    const { message } = error;
    process.stderr.write(
      packages ? `packages: must be installed, got "${message}"; run npm ci\n` : `${message}\n`,
    );
    process.exit(1);
  }
}
