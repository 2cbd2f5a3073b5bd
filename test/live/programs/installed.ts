import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LocalWorkspace, PulumiCommand, type PulumiFn } from "@pulumi/pulumi/automation/index.js";

/** What is to be done with the program of this folder, as JSON in the first argument. */
export interface InstalledRun {
  verb: "preview" | "up";
  stack: string;
  pulumiRoot: string;
  config: Record<string, string>;
}

/** What a run says at its end, as JSON in its last line. */
export interface InstalledResult {
  outputs: Record<string, unknown>;
  /** Inputs of each container, by name; told by a preview alone. */
  containers: Record<string, Record<string, unknown>>;
  changes: Record<string, number>;
}

// Copied into a folder of its own and run there, so that it loads what is installed beside it and nothing else.
const { verb, stack: stackName, pulumiRoot, config } = JSON.parse(process.argv[2] ?? "{}") as InstalledRun;
const workDir = process.cwd();
const { default: program } = (await import(pathToFileURL(join(workDir, "index.ts")).href)) as {
  default: PulumiFn;
};
const stack = await LocalWorkspace.createOrSelectStack(
  { stackName, projectName: "guestbook", program },
  { workDir, pulumiCommand: await PulumiCommand.get({ root: pulumiRoot }) },
);
for (const [key, value] of Object.entries(config)) await stack.setConfig(key, { value });
const options = {
  color: "never",
  onOutput: (text: string): void => void process.stderr.write(text),
} as const;
console.log(`\n${JSON.stringify(verb === "up" ? await up() : await preview())}`);

async function up(): Promise<InstalledResult> {
  const { outputs, summary } = await stack.up(options);
  const values = Object.entries(outputs).map(([key, { value }]) => [key, value as unknown] as const);
  return { outputs: Object.fromEntries(values), containers: {}, changes: summary.resourceChanges ?? {} };
}

async function preview(): Promise<InstalledResult> {
  const containers: InstalledResult["containers"] = {};
  const { changeSummary: changes } = await stack.preview({
    ...options,
    onEvent({ resourcePreEvent: { metadata } = {} }) {
      if (metadata?.type !== "docker:index/container:Container") return;
      const name = metadata.urn.slice(metadata.urn.lastIndexOf("::") + 2);
      containers[name] = (metadata.new?.inputs ?? {}) as Record<string, unknown>;
    },
  });
  return { outputs: {}, containers, changes };
}
