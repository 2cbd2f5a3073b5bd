import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { visible } from "../lib/problems.ts";
import { sourcesAre } from "./lastRun/sources.ts";
import { openOutput } from "./output.ts";
import { placeProblems } from "./places.mjs";
import { codeOfEnd, endWithReader } from "./readerGone.ts";
import { problemsIn, reasonOf, Refusal } from "./refusal.ts";
import { verbs } from "./verbs.ts";

/** Runs one command of the command line, and leaves with its exit code; `sources` stands for the files it is made of. */
export async function main(argv: string[], sources?: string): Promise<void> {
  sourcesAre(sources);
  await commandLine().parseAsync(argv);
}

/** All verbs with their options. */
export function commandLine(): Command {
  const program = new Command("berth")
    .description("Brings a whole system of containers up on a machine, and keeps it up.")
    .version(version(), "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .showHelpAfterError("(berth --help shows what there is)")
    .configureHelp({ showGlobalOptions: false })
    .hook("preAction", (_, verb) => {
      endWithReader(verb.name());
    });
  for (const define of verbs) define(common(program), run);
  return program;
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The options every verb takes, before its own. */
function common(program: Command): (name: string, description: string) => Command {
  return (name, description) =>
    program
      .command(name)
      .description(description)
      .option("-s, --stack <name>", "the stack, which is one running system (default: dev)")
      .addOption(
        new Option(
          "-c, --config <key=value>",
          "a setting on top of the stack's file, such as replicas.backend=3; repeatable",
        )
          .default([], "none")
          .argParser((value: string, before: string[]) => [...before, value]),
      )
      .option("--json", "print JSON on stdout, and progress on stderr");
}

/** Runs a verb; what it refuses is said in a line each, without a stack trace. */
async function run(options: { json?: boolean }, verb: () => Promise<number>): Promise<void> {
  const code = await placed(verb).catch((error: unknown) => {
    complain(error, options);
    return 1;
  });
  process.stdout.write("", () => process.exit(codeOfEnd(code)));
}

/** Throws {@link Refusal} where what a verb writes has no place. */
async function placed(verb: () => Promise<number>): Promise<number> {
  const problems = placeProblems();
  if (problems.length > 0) throw new Refusal(problems);
  return await verb();
}

function complain(error: unknown, options: { json?: boolean }): void {
  const output = openOutput(options);
  // What somebody typed stands in them as it is; what another program said may have several lines.
  const problems = problemsIn(error)?.map((problem) => problem.split("\n").map(visible).join("\n"));
  if (problems === undefined && process.env.BERTH_DEBUG) console.error(error);
  if (output.json) output.emit({ result: "refused", problems: problems ?? [reasonOf(error)] });
  for (const problem of problems ?? [reasonOf(error)])
    process.stderr.write(`${output.colour.red(problem)}\n`);
  if (problems === undefined) process.stderr.write("that wasn't foreseen; BERTH_DEBUG=1 shows where\n");
}
