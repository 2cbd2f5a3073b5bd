export interface Bundle {
  text: string;
  /** Modules that it asks for as it runs. */
  imports: string[];
}

/** A file and what it imports of its own, as one CommonJS module. Throws esbuild's `BuildFailure`. */
export async function bundle(file: string, compact = false): Promise<Bundle> {
  // Loaded only for a file of somebody's own.
  const { build } = await import("esbuild");
  const { outputFiles, metafile } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    logLevel: "silent",
    packages: "external",
    // Comments among which are the files' names, as seen from the folder of this process.
    minifyWhitespace: compact,
    legalComments: compact ? "none" : "inline",
  });
  const imports = Object.values(metafile.outputs).flatMap((output) =>
    output.imports.filter(({ external }) => external).map(({ path }) => path),
  );
  return { text: outputFiles[0]?.text ?? "", imports: [...new Set(imports)] };
}
