import type { BuildOptions } from "esbuild";

export interface Bundle {
  text: string;
  /** Modules that it asks for as it runs. */
  imports: string[];
}

/** A file and what it imports of its own, as one CommonJS module that runs. Throws esbuild's `BuildFailure`. */
export async function bundle(file: string): Promise<Bundle> {
  return await build(file, { format: "cjs" });
}

/** The same as a text that is equal while nothing of it changes: without comments, which name files, and helpers. */
export async function bundledText(file: string): Promise<Bundle> {
  return await build(file, { format: "esm", minifyWhitespace: true, legalComments: "none" });
}

async function build(file: string, options: BuildOptions): Promise<Bundle> {
  // Loaded only for a file of somebody's own.
  const esbuild = await import("esbuild");
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: [file],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node20",
    logLevel: "silent",
    packages: "external",
    ...options,
  });
  const imports = Object.values(metafile?.outputs ?? {}).flatMap((output) =>
    output.imports.filter(({ external }) => external).map(({ path }) => path),
  );
  return { text: outputFiles?.[0]?.text ?? "", imports: [...new Set(imports)] };
}
