import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

/** Where a stack's state is, in a folder that the engine keeps it in. */
export interface StateFolder {
  state: string;
  project: string;
  stack: string;
}

type Run = (args: string[], ...more: unknown[]) => Promise<{ stdout: string; stderr: string; code: number }>;

/**
 * The engine for the Automation API, which after each run starts it three times more, at 0.4 to 0.7 s of a core each: for
 * the run's history and, twice, its outputs. What the state's folder says in the clear is answered from there.
 */
export async function quickCommand(root: string, folder: StateFolder): Promise<PulumiCommand> {
  const command = (await PulumiCommand.get({ root })) as PulumiCommand & { run: Run };
  const run = command.run.bind(command);
  const answer: Run = async (args, ...more) => {
    const [verb, noun] = args;
    const known =
      verb === "stack" && noun === "history"
        ? await lastRun(folder)
        : verb === "stack" && noun === "output"
          ? await outputs(folder, args.includes("--show-secrets"))
          : undefined;
    if (known === undefined) return run(args, ...more);
    return { stdout: JSON.stringify(known), stderr: "", code: 0 };
  };
  return Object.assign(command, { run: answer });
}

/** As `pulumi stack history --page-size 1` has it, but for the times, which are seconds. */
async function lastRun({ state, project, stack }: StateFolder): Promise<unknown> {
  const folder = join(state, ".pulumi/history", project, stack);
  const names = await readdir(folder).catch((): string[] => []);
  // Names end in nanoseconds.
  const last = names
    .filter((name) => name.endsWith(".history.json"))
    .sort()
    .at(-1);
  return last === undefined ? undefined : [JSON.parse(await readFile(join(folder, last), "utf8"))];
}

interface Checkpoint {
  checkpoint: { latest?: { resources?: { type: string; outputs?: Record<string, unknown> }[] } };
}

/** Undefined where there is no such stack, and where a secret has to be decrypted or is a part of an output. */
async function outputs({ state, project, stack }: StateFolder, inTheClear: boolean): Promise<unknown> {
  const file = join(state, ".pulumi/stacks", project, `${stack}.json`);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { checkpoint } = JSON.parse(text) as Checkpoint;
  const found =
    checkpoint.latest?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  const shown = Object.entries(found).map(
    ([key, value]) => [key, secret(value) ? "[secret]" : value] as const,
  );
  const masked = shown.some(([, value]) => value === "[secret]");
  const hidden = shown.some(([, value]) => JSON.stringify(value ?? null).includes(signature));
  return hidden || (masked && inTheClear) ? undefined : Object.fromEntries(shown);
}

/** What the engine marks a secret by in its state (pulumi/pulumi sdk/go/common/resource/sig). */
const signature = "4dabf18193072939515e22adb298388d";

function secret(value: unknown): boolean {
  return typeof value === "object" && value !== null && signature in value;
}
