import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";

/** A step that runs a script, of a workflow's job or of an action. */
export interface Step {
  id?: string;
  if?: string;
  run?: string;
  uses?: string;
  shell?: string;
  env?: Record<string, string>;
}

interface Workflow {
  defaults?: { run?: { shell?: string } };
  env?: Record<string, string>;
  jobs?: Record<string, { steps: Step[] }>;
  runs?: { steps: Step[] };
}

/** All steps of a workflow's file or an action's, each with the shell and environment that it inherits. */
export async function stepsOf(file: string): Promise<Step[]> {
  const { defaults, env, jobs = {}, runs } = parse(await readFile(file, "utf8")) as Workflow;
  const steps = [...Object.values(jobs).flatMap((job) => job.steps), ...(runs?.steps ?? [])];
  const shell = defaults?.run?.shell;
  return steps.map((step) => ({
    ...(shell !== undefined && { shell }),
    ...step,
    env: { ...env, ...step.env },
  }));
}

/** What a script's expressions mean in one job, such as `inputs.branch`. */
export type Context = Readonly<Record<string, string>>;

/**
 * Runs a step's script as GitHub's runner does (https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell),
 * and returns what it has put into `$GITHUB_ENV`. Of expressions it knows what `context` has, in `env` alone.
 *
 * @throws if the script fails, if it isn't for bash, or where an expression isn't known
 */
export async function runStep(
  { run, shell, env = {} }: Step,
  { context, cwd, environment }: { context: Context; cwd: string; environment: Record<string, string> },
): Promise<{ output: string; exported: Record<string, string> }> {
  if (run === undefined || shell !== "bash") throw new Error(`not a script for bash: ${run ?? "no run"}`);
  if (run.includes("${{")) throw new Error(`an expression in a script: ${run}`);
  const meant = Object.entries(env).map(([name, value]): [string, string] => [
    name,
    value.replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
      const found = context[expression];
      if (found === undefined) throw new Error(`${name}: nothing is known of ${expression}`);
      return found;
    }),
  ]);
  const { GITHUB_ENV: file = "" } = environment;
  const { stdout, stderr } = await execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
    cwd,
    env: { ...environment, ...Object.fromEntries(meant) },
    timeout: 180_000,
    stdin: "ignore",
  });
  const written = await readFile(file, "utf8").catch(() => "");
  const lines = written.split("\n").filter((line) => line.includes("="));
  return {
    output: stdout + stderr,
    exported: Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    ),
  };
}

/** The script lines of a job of GitLab's, as one: a runner has one shell for both lists, which a failure ends. */
export async function gitlabScript(file: string, job: string): Promise<string> {
  const jobs = parse(await readFile(file, "utf8")) as Record<
    string,
    { extends?: string; before_script?: string[]; script?: string[] }
  >;
  const { extends: base, before_script: before = [], script = [] } = jobs[job] ?? {};
  const inherited = base === undefined ? [] : (jobs[base]?.before_script ?? []);
  return [...inherited, ...before, ...script].join("\n");
}

/** Where the files to copy lie. */
export const workflowsFolder = join(import.meta.dirname, "../../examples/workflows");
