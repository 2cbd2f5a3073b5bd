import { existsSync } from "node:fs";
import { join } from "node:path";
import { engineEnvironment } from "../home.ts";
import { workFile, writeWork } from "../project.ts";
import { pluginsFor } from "../hostKind.ts";
import { settingsOf } from "../overrides.ts";
import { onPath } from "../../toolchain/env.ts";
import { openOutput } from "../output.ts";
import { passphraseProblem } from "../preflight/passphrase.ts";
import { haveTools } from "../ready.ts";
import { Refusal } from "../refusal.ts";
import { checkpointOf, openSession, type CommonOptions } from "../session.ts";

/** Prints what plain `pulumi` needs to work on the same state: `eval "$(berth env)"`. */
export async function env(options: CommonOptions): Promise<number> {
  const session = await openSession(options);
  const { output, home, stack } = session;
  // A cloud's plugin the engine gets by itself.
  const plugins = pluginsFor(settingsOf(stack.config).host).filter((name) => name === "command");
  const checkpoint = await checkpointOf(session);
  const problem = await passphraseProblem(home, stack.name, checkpoint?.salt, false);
  if (problem !== undefined) throw new Refusal([problem]);
  // What stdout carries is for a shell.
  const tools = await haveTools({ ...session, output: openOutput({ json: true }) }, plugins);
  await writeWork(home, stack, checkpoint?.salt);
  const variables = engineEnvironment(home);
  const bin = join(tools.pulumiRoot, "bin");
  const file = workFile(home, stack.name);
  if (output.json) {
    output.emit({
      variables,
      path: bin,
      configFile: file,
      stack: stack.name,
      isThere: checkpoint !== undefined,
    });
    return 0;
  }
  const there = checkpoint !== undefined;
  const lines = shellLines({ variables, bin, file, stack: stack.name, there, language: hasLanguage(bin) });
  for (const line of lines) output.say(line);
  return 0;
}

interface Shown {
  variables: Readonly<Record<string, string>>;
  /** Where the CLI is. */
  bin: string;
  /** The stack's file, as plain Pulumi takes it. */
  file: string;
  stack: string;
  /** There is such a stack. */
  there: boolean;
  /** Plain Pulumi finds its plugin for Node.js. */
  language: boolean;
}

/** What a POSIX shell takes by `eval`; each comment stays on its line, whatever a folder is called. */
export function shellLines({ variables, bin, file, stack, there, language }: Shown): string[] {
  const comments = there
    ? [`then, for example: pulumi preview --stack ${stack} --config-file ${quoted(file)}`]
    : [
        `first: stack ${stack} isn't there yet, and pulumi stack init ${stack} makes it`,
        `then, for example: pulumi preview --stack ${stack}`,
      ];
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `export PATH=${quoted(bin)}:"$PATH"`,
    ...[...(language ? [] : [missingLanguage]), ...comments].map(
      (text) => `# ${text.replace(/[\r\n]/g, "?")}`,
    ),
  ];
}

/** Pulumi's own download has it beside the CLI; what Berth builds is the CLI alone. */
function hasLanguage(bin: string): boolean {
  const name = "pulumi-language-nodejs";
  return onPath(name) !== undefined || existsSync(join(bin, name));
}

const missingLanguage =
  "first: plain pulumi needs pulumi-language-nodejs, which comes with https://www.pulumi.com/docs/install/ and isn't here";

/** Safe between the words of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
