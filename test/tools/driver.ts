import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import {
  LocalWorkspace,
  type EngineEvent,
  type PulumiFn,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { quickCommand } from "./quickCommand.ts";

/** What the process of one stack is started with, as JSON in its first argument. */
export interface DriverSetup {
  /** The module whose default export is the program; compiled when it arrives here. */
  program: string;
  /** @default berth */
  project?: string;
  stack: string;
  /** Holds Pulumi.yaml and the stack's file. */
  folder: string;
  pulumiRoot: string;
}

export interface Request {
  verb: "up" | "preview" | "refresh" | "destroy";
  /** Tells all that the engine does. From level 5 on a plugin that is bridged from Terraform writes each input in the clear, whosever program it serves. */
  verbose?: boolean;
  /** Tell each step, see {@link Reply.steps}. */
  steps?: boolean;
  /** Leave what is protected. */
  excludeProtected?: boolean;
}

export interface Reply {
  ok: boolean;
  /** All that the engine printed. */
  output: string;
  /** Number of resources by what happened to them: `create`, `same`, `update` … */
  changes: Record<string, number>;
  /** `create urn:…`, sorted, of all that doesn't stay the same; empty unless they were asked for. */
  steps: string[];
  outputs: Record<string, unknown>;
  seconds: number;
}

const setup = JSON.parse(process.argv[2] ?? "{}") as DriverSetup;

async function open(): Promise<Stack> {
  // As `berth` has it: frames of the errors that the SDK makes for each resource are half of what a program costs.
  Error.stackTraceLimit = 2;
  const { default: program } = createRequire(setup.program)(setup.program) as { default: PulumiFn };
  const { project = "berth" } = setup;
  const state = fileURLToPath(process.env.PULUMI_BACKEND_URL ?? "");
  return LocalWorkspace.createOrSelectStack(
    { stackName: setup.stack, projectName: project, program },
    {
      workDir: setup.folder,
      pulumiCommand: await quickCommand(setup.pulumiRoot, { state, project, stack: setup.stack }),
    },
  );
}

async function run(stack: Stack, request: Request): Promise<Reply> {
  const began = performance.now();
  const written: string[] = [];
  const say = (text: string): void => void written.push(text);
  const steps = new Set<string>();
  const onEvent = ({ resourcePreEvent }: EngineEvent): void => {
    const { op, urn } = resourcePreEvent?.metadata ?? {};
    if (op !== undefined && op !== "same") steps.add(`${op} ${urn}`);
  };
  const verbose = request.verbose && { debug: true, logVerbosity: 4, logToStdErr: true, logFlow: true };
  const options = {
    onOutput: say,
    onError: say,
    color: "never",
    parallel: 16,
    ...verbose,
    ...(request.steps && { onEvent }),
  } as const;
  const reply = (ok: boolean, changes = {}, outputs = {}): Reply => ({
    ok,
    output: written.join(""),
    changes,
    steps: [...steps].sort(),
    outputs,
    seconds: (performance.now() - began) / 1000,
  });
  try {
    if (request.verb === "up") {
      const { summary, outputs } = await stack.up(options);
      const values = Object.entries(outputs).map(([key, output]) => [key, output.value] as const);
      return reply(true, summary.resourceChanges, Object.fromEntries(values));
    }
    if (request.verb === "preview") return reply(true, (await stack.preview(options)).changeSummary);
    if (request.verb === "refresh")
      return reply(true, (await stack.refresh(options)).summary.resourceChanges);
    const { excludeProtected = false } = request;
    return reply(true, (await stack.destroy({ ...options, excludeProtected })).summary.resourceChanges);
  } catch (error) {
    // The engine's words came as output; the rest is the Automation API's around them.
    if (written.length === 0) say(error instanceof Error ? error.message : String(error));
    return reply(false);
  }
}

async function serve(): Promise<void> {
  process.once("disconnect", () => process.exit());
  const stack = await open();
  process.on("message", (request: Request) => {
    void run(stack, request).then((reply) => process.send?.(reply));
  });
  process.send?.("ready");
}

void serve();
