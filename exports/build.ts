import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Writes dist/: the package's compiled entries with all they import, as JavaScript and declarations. */
const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
/** What compiled modules read as they run, beside them as in the sources. */
const read = ["components/machine/scripts", "services/backup/scripts"];

rmSync(dist, { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const project = join(root, "tsconfig.build.json");
const { status } = spawnSync(process.execPath, [tsc, "--project", project], { stdio: "inherit" });
for (const folder of read) cpSync(join(root, folder), join(dist, folder), { recursive: true });
process.exitCode = status ?? 1;
