import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { compileFunction } from "node:vm";
import type { BuildFailure } from "esbuild";
import { SettingsError, show } from "../lib/problems.ts";
import { bundle } from "./bundle.ts";
import * as define from "./define.ts";
import { mistakesIn } from "./mistakes/index.ts";
import { shapeProblems } from "./shape.ts";

/**
 * The system that a file defines; a relative path begins at `folder`. Throws {@link SettingsError} for a file that
 * isn't there, that doesn't run, or that defines none.
 */
export async function loadSystem(named: string, folder: string): Promise<define.SystemDefinition> {
  const file = resolve(folder, named);
  const exported = await run(file);
  const found = [...new Set(Object.values(exported))].filter(define.isSystem);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    refuse("must be a file that exports one system, made with defineSystem", file);
  }
  const shape = shapeProblems(only);
  const mistakes = shape.length > 0 ? shape : mistakesIn(only);
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  return only;
}

/**
 * Runs it with what it imports of its own. `berth/system` is this program's own module, wherever the file lies: it
 * needs nothing installed, and what it defines is built by the classes that are loaded already.
 */
async function run(file: string): Promise<Record<string, unknown>> {
  await readFile(file).catch(() => refuse("must be a file that is there", file));
  const { text } = await bundle(file).catch((error: unknown) =>
    refuse("must be TypeScript", `${file}:${firstOf(error)}`),
  );
  const require = createRequire(file);
  const own = (name: string): unknown => (name === "berth/system" ? define : require(name));
  const module = { exports: {} as Record<string, unknown> };
  try {
    // As the modules that it is made of are: without it `this` would be a way to everything global.
    const code = compileFunction(`"use strict";${text}`, ["require", "module", "exports"], {
      filename: file,
    }) as Wrapper;
    code(own, module, module.exports);
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    refuse("must be a file that runs", `${file}: ${reasonOf(error)}`);
  }
  return module.exports;
}

/** A CommonJS module, as Node.js wraps it. */
type Wrapper = (require: (name: string) => unknown, module: object, exports: object) => void;

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `3: Expected "}" but found end of file` of all that the compiler says. */
function firstOf(error: unknown): string {
  const { errors: [first] = [] } = error as Partial<BuildFailure>;
  return first === undefined ? reasonOf(error) : `${first.location?.line ?? 1}: ${first.text}`;
}

function refuse(rule: string, got: string): never {
  throw new SettingsError([`system: ${rule}, got ${show(got)}`]);
}
