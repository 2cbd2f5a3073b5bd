import { join } from "node:path";
import type { EngineEvent, PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { SemVer } from "semver";
import type { Tools } from "../../toolchain/index.ts";
import { engineEnvironment, type Home } from "../home.ts";
import { endedByFailure, hearing, isLeftOff } from "./ending.ts";
import { isSame, keepEngine, lastEngine } from "../state/engineRecord.ts";
import { alive, describeHolder } from "../state/holder.ts";
import { holdersIn } from "../state/locks.ts";
import { noAnswer } from "../state/unreachable.ts";
import { Waiting } from "./waiting.ts";
import { quietHome } from "./quietHome.ts";
import { startEngine, type EngineProcess } from "./process.ts";

/** The Pulumi engine on one stack, with state, passphrase and stack file where Berth keeps them. */
export interface Engine {
  /** Runs the program; false when it failed, and the events said why, or else `complaint`. */
  up(options: { replace: string[]; refresh: boolean; onEvent: OnEvent }): Promise<Result>;
  /** Says what a run would do, and fails where that takes more than so many seconds. */
  preview(options: {
    replace: string[];
    refresh: boolean;
    seconds: number;
    onEvent: OnEvent;
  }): Promise<Result>;
  destroy(options: { excludeProtected: boolean; onEvent: OnEvent }): Promise<Result>;
  /** Any other command of the engine's, such as `stack export`; one that takes too long has failed. */
  command(...args: string[]): Promise<Result & { stdout: string }>;
  interrupt(): void;
}

export type OnEvent = (event: EngineEvent) => void;

export interface Result {
  ok: boolean;
  /** What the engine printed to stderr: why it didn't even begin. */
  complaint: string;
}

export interface EngineArgs {
  tools: Tools;
  home: Home;
  stack: string;
  program: PulumiFn;
  /** Hears what it did beside what it was asked. @default nobody */
  note?: (line: string) => void;
  /**
   * Seconds that a command such as `stack export` may take, which asks the state's backend and nothing else.
   *
   * @default 120
   */
  patience?: number;
}

/** How many steps the engine takes at once. Waiting for health is most of them, and costs it nothing. */
const parallel = 32;

export function openEngine(args: EngineArgs): Engine {
  const { tools, home, stack, program, patience: most = 120, note = () => undefined } = args;
  const executable = join(tools.pulumiRoot, "bin", "pulumi");
  let running: EngineProcess | undefined;
  /** A preview has taken too long: nothing more is started for it, and however it ends it failed. */
  let late = false;
  const last = lastEngine(home.runs, stack);
  const once = async (words: string[], environment: Record<string, string>): Promise<CommandResult> => {
    const quiet = await quietHome(home.data);
    const env = {
      ...process.env,
      ...environment,
      ...quiet,
      PATH: path(tools.pulumiRoot),
    };
    if (late) return { code: 1, stdout: "", stderr: "" };
    const started = startEngine(executable, [...words, "--non-interactive"], home.work, env);
    if (locks(words) && started.pid !== undefined) keepEngine(home.runs, stack, started.pid);
    running = started;
    try {
      return await started.ended;
    } finally {
      if (running === started) running = undefined;
    }
  };
  /** What another engine left locked that this machine's last one was, and that has ended, it frees first. */
  const run = async (words: string[], environment: Record<string, string>): Promise<CommandResult> => {
    const result = await once(words, environment);
    const [left, ...others] = result.code === 0 ? [] : (holdersIn(result.stderr) ?? []);
    const isLeft = left !== undefined && others.length === 0 && isSame(left, last) && !(await alive(left));
    if (!isLeft) return result;
    const freed = await once(["cancel", "--yes", "--stack", stack], environment);
    if (freed.code !== 0) return result;
    note(`removed the lock of ${describeHolder(left)}, which has ended`);
    return await once(words, environment);
  };
  const environment = { ...engineEnvironment(home), PULUMI_SKIP_UPDATE_CHECK: "true", ...pace() };
  const waiting = new Waiting();
  const ending = waiting.heard(endedByFailure(program));
  const select = () => openStack({ executable, tools, home, stack, program: ending, environment, run });
  const guarded = async (
    hear: OnEvent,
    work: (stack: Stack, onEvent: OnEvent) => Promise<unknown>,
  ): Promise<Result> => {
    const opened = await select();
    const { onEvent, check } = hearing(hear, () => running?.interrupt());
    try {
      await work(opened, onEvent);
      check();
      return { ok: true, complaint: "" };
    } catch (error) {
      check();
      if (error instanceof EngineFailure) return { ok: false, complaint: error.message };
      throw error;
    }
  };
  const common = { parallel, color: "never", suppressProgress: true, suppressOutputs: true } as const;
  return {
    up: ({ onEvent: hear, ...options }) =>
      guarded(hear, (opened, onEvent) => opened.up({ ...common, ...options, onEvent })),
    async preview({ onEvent: hear, seconds, ...options }) {
      const hearBoth = (event: EngineEvent): void => {
        if (late && isLeftOff(event)) return;
        waiting.take(event);
        hear(event);
      };
      let timer: NodeJS.Timeout | undefined;
      try {
        const result = await guarded(hearBoth, async (opened, onEvent) => {
          timer = setTimeout(() => {
            late = true;
            onEvent(errorEvent(lateProblem(seconds, waiting.names())));
            running?.giveUp(patience);
          }, seconds * 1000);
          await opened.preview({ ...common, ...options, onEvent });
        });
        return { ...result, ok: result.ok && !late };
      } finally {
        clearTimeout(timer);
        late = false;
      }
    },
    destroy: ({ onEvent: hear, ...options }) =>
      guarded(hear, (opened, onEvent) => opened.destroy({ ...common, ...options, onEvent })),
    async command(...args) {
      const over = new AbortController();
      const timer = setTimeout(() => {
        over.abort();
        running?.giveUp(patience);
      }, most * 1000);
      try {
        const { code, stdout, stderr } = await run(args, environment);
        const complaint = over.signal.aborted && code !== 0 ? noAnswer(most) : stderr;
        return { ok: code === 0, complaint, stdout };
      } finally {
        clearTimeout(timer);
      }
    },
    interrupt: () => running?.interrupt(),
  };
}

/** Seconds that the engine has to end by itself when a run is given up: it asks its plugins to leave off. */
const patience = 15;

function errorEvent(message: string): EngineEvent {
  const timestamp = Math.floor(Date.now() / 1000);
  return { sequence: 0, timestamp, diagnosticEvent: { message, severity: "error", color: "never" } };
}

/** What is said of a preview that waits for something without end. */
function lateProblem(seconds: number, names: readonly string[]): string {
  const [shown, more] = [names.slice(0, 3).join(", "), names.length - 3];
  const all = more > 0 ? `${shown} and ${more} more` : shown;
  const what = names.length === 0 ? "what the program itself looks up" : all;
  return `preview: must end within ${seconds} s, got no answer for ${what}; look whether what is asked can be reached from here, or allow more with --timeout`;
}

/**
 * A run of the engine and its plugins is short, and collecting garbage was a fifth of it: they do it a quarter as often.
 * Comparing resources with their state is most of the rest, and may be done for several at once.
 */
export function pace(): Record<string, string> {
  const { GOGC = "400", PULUMI_PARALLEL_DIFF = "true" } = process.env;
  return { GOGC, PULUMI_PARALLEL_DIFF };
}

/** The engine looks for plugins beside itself too. */
function path(root: string): string {
  return `${join(root, "bin")}:${process.env.PATH ?? ""}`;
}

/** Whether a command of the engine takes the stack's lock. */
function locks([verb = "", noun = ""]: readonly string[]): boolean {
  return (
    ["up", "destroy", "refresh"].includes(verb) || (verb === "stack" && ["import", "rename"].includes(noun))
  );
}

class EngineFailure extends Error {}

interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** What the Automation API asks beside the run itself, and what we say. */
const answers: Record<string, string> = { select: "", output: "{}", history: "[]" };

interface StackArgs extends EngineArgs {
  executable: string;
  environment: Record<string, string>;
  run: (args: string[], environment: Record<string, string>) => Promise<CommandResult>;
}

/**
 * The Automation API's stack with one engine process a run. Left to itself the API starts the engine four times more,
 * to select the stack and to read outputs and history, at a quarter of a second each; it gets those answers here,
 * because the stack is named in each call and outputs come with the events.
 */
async function openStack({
  executable,
  tools,
  home,
  stack,
  program,
  environment,
  run,
}: StackArgs): Promise<Stack> {
  const { LocalWorkspace, PulumiCommand, Stack } = await import("@pulumi/pulumi/automation/index.js");
  const bare = Object.create(PulumiCommand.prototype) as (typeof PulumiCommand)["prototype"];
  const command = Object.assign(bare, {
    command: executable,
    version: new SemVer(tools.version),
    async run(args: string[], _cwd: string, env: Record<string, string>): Promise<CommandResult> {
      const answer = args[0] === "stack" ? answers[args[1] ?? ""] : undefined;
      if (answer !== undefined) return { code: 0, stdout: answer, stderr: "" };
      const result = await run(args, { ...env, ...environment });
      if (result.code !== 0) throw new EngineFailure(result.stderr);
      return result;
    },
  });
  const workspace = await LocalWorkspace.create({
    workDir: home.work,
    program,
    pulumiCommand: command,
    envVars: environment,
  });
  return await Stack.select(stack, workspace);
}
