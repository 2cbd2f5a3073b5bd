import { basename } from "node:path";
import type {
  Reporter,
  SerializedError,
  TestCase,
  TestModule,
  TestRunEndReason,
  TestSuite,
  Vitest,
} from "vitest/node";
import { sideBySide } from "../live/sideBySide.ts";
import { liveTimeLines, type LiveTime } from "./liveTimes.ts";

/** Milliseconds from which a test gets a line of its own. */
const slow = 5000;
/** Lines of a failure's message that are printed as its file ends, because a run that is cut off has no end. */
const atOnce = 20;
/** Characters of a failure's line at the end, where a log's last lines tell all failures. */
const inShortAtMost = 200;

/**
 * Prints each file, with the messages of its failures, and each slow test as it ends, then where the live files' time
 * went, every failure in full, why tests were skipped, and each failure again in a line. The last line is the totals.
 * What a test prints is shown when it fails.
 */
export default class TotalsReporter implements Reporter {
  #vitest: Vitest | undefined;
  readonly #printed = new Map<string, string[]>();

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onUserConsoleLog({ taskId = "", content }: { taskId?: string; content: string }): void {
    this.#printed.set(taskId, [...(this.#printed.get(taskId) ?? []), content]);
  }

  onTestCaseResult(test: TestCase): void {
    const { duration = 0 } = test.diagnostic() ?? {};
    const notes = test.annotations().map(({ message }) => `    ${message}`);
    const { state } = test.result();
    if (state !== "failed" && duration < slow && notes.length === 0) return;
    this.#print(`  ${state}: ${nameOf(test)}, ${inSeconds(duration)}`, ...notes);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#print(`${pathOf(module)}: ${totals([module])}, ${inSeconds(took(module))}`);
    for (const { task, errors } of failures(module))
      for (const { message } of errors)
        this.#print(`  ${nameOf(task)}:`, ...message.split("\n", atOnce).map((line) => `    ${line}`));
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    this.#print(...liveTimeLines(modules.filter(isLive).map(liveTime)));
    for (const failure of modules.flatMap((module) => failures(module))) this.#printFailure(failure);
    for (const error of unhandled) {
      this.#print("\nfailed: an error that no test handles");
      this.#vitest?.logger.printError(error);
    }
    for (const [why, tests] of skips(modules))
      this.#print(`skipped: ${why}`, ...tests.map((name) => `  ${name}`));
    for (const { task, errors } of modules.flatMap((module) => failures(module)))
      this.#print(inShort(`failed: ${nameOf(task)}: ${errors[0]?.message ?? ""}`));
    if (modules.length === 0) this.#print("no file with tests has such a name");
    if (reason === "interrupted") this.#print("interrupted");
    if (!modules.some((module) => outcomes(module).includes("passed"))) process.exitCode = 1;
    this.#print(totals(modules, unhandled.length));
  }

  #printFailure({ task, errors }: Failure): void {
    this.#print(`\nfailed: ${nameOf(task)}`);
    const { project } = task;
    for (const error of errors) this.#vitest?.logger.printError(error, { project });
    const printed = this.#printed.get(task.id) ?? [];
    if (printed.length > 0) this.#print(`it printed:\n${printed.join("").trimEnd()}`);
  }

  #print(...lines: string[]): void {
    for (const line of lines) this.#vitest?.logger.log(line);
  }
}

type Task = TestCase | TestSuite | TestModule;

interface Failure {
  task: Task;
  errors: readonly SerializedError[];
}

/** Tests that failed, and files and suites that failed to load or in a hook. */
function failures(module: TestModule): Failure[] {
  const suites = [module, ...module.children.allSuites()];
  const tests = [...module.children.allTests("failed")];
  return [
    ...suites.map((task) => ({ task, errors: task.errors() })),
    ...tests.map((task) => ({ task, errors: task.result().errors ?? [] })),
  ].filter(({ errors }) => errors.length > 0);
}

/** How each test of a file ended; a file or suite that failed as such is one more failure. */
function outcomes(module: TestModule): (Outcome | undefined)[] {
  const failed = [module, ...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
  return [...[...module.children.allTests()].map(outcome), ...failed.map(() => "failed" as const)];
}

type Outcome = "passed" | "failed" | "skipped";

/** A test has failed too when a failed hook or its process's end kept it from running; undefined wasn't asked for. */
function outcome(test: TestCase): Outcome | undefined {
  const { state } = test.result();
  if (state === "passed" || state === "failed") return state;
  if (state === "pending") return "failed";
  if (reasonOf(test) === undefined) {
    if (parentsOf(test).some((parent) => parent.errors().length > 0)) return "failed";
    if (test.project.config.testNamePattern !== undefined) return undefined;
  }
  return "skipped";
}

function totals(modules: readonly TestModule[], moreFailed = 0): string {
  const all = modules.flatMap((module) => outcomes(module));
  const count = (wanted: Outcome): number => all.filter((each) => each === wanted).length;
  return `${count("passed")} passed, ${count("failed") + moreFailed} failed, ${count("skipped")} skipped`;
}

/** The names of skipped tests by the reason. */
function skips(modules: readonly TestModule[]): Map<string, string[]> {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const byReason = new Map<string, string[]>();
  for (const test of tests.filter((each) => outcome(each) === "skipped")) {
    const reason = reasonOf(test) ?? "no reason is given";
    byReason.set(reason, [...(byReason.get(reason) ?? []), nameOf(test)]);
  }
  return byReason;
}

function reasonOf(test: TestCase): string | undefined {
  const result = test.result();
  return test.meta().skipped ?? (result.state === "skipped" ? result.note : undefined);
}

function parentsOf({ parent }: TestCase | TestSuite): (TestSuite | TestModule)[] {
  return parent.type === "module" ? [parent] : [parent, ...parentsOf(parent)];
}

function nameOf(task: Task): string {
  return task.type === "module" ? pathOf(task) : `${pathOf(task.module)}: ${task.fullName}`;
}

/** The first line alone, and no more of it than a screen's width or two. */
function inShort(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > inShortAtMost ? `${line.slice(0, inShortAtMost - 1)}…` : line;
}

function pathOf(module: TestModule): string {
  return module.relativeModuleId;
}

function isLive({ project }: TestModule): boolean {
  return project.name === "live";
}

function liveTime(module: TestModule): LiveTime {
  const file = pathOf(module);
  return { file, milliseconds: took(module), sideBySide: sideBySide.includes(basename(file)) };
}

/** Milliseconds, without the wait for a place on the machine, which is part of the setup. */
function took(module: TestModule): number {
  const { collectDuration, duration } = module.diagnostic();
  return collectDuration + duration;
}

function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
