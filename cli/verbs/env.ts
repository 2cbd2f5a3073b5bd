import { join } from "node:path";
import { engineEnvironment } from "../home.ts";
import { workFile, writeWork } from "../project.ts";
import { checkpointOf, findTools, openSession, silent, type CommonOptions } from "../session.ts";

/** Prints what plain `pulumi` needs to work on the same state: `eval "$(berth env)"`. */
export async function env(options: CommonOptions): Promise<number> {
  const session = await openSession(options);
  const { output, home, stack } = session;
  const [tools, checkpoint] = await Promise.all([findTools(silent), checkpointOf(session)]);
  await writeWork(home, stack, checkpoint?.salt);
  const variables = engineEnvironment(home);
  const bin = join(tools.pulumiRoot, "bin");
  const file = workFile(home, stack.name);
  if (output.json) {
    output.emit({ variables, path: bin, configFile: file, stack: stack.name });
    return 0;
  }
  for (const [name, value] of Object.entries(variables)) output.say(`export ${name}=${quoted(value)}`);
  output.say(`export PATH=${quoted(bin)}:"$PATH"`);
  output.say(`# then, for example: pulumi preview --stack ${stack.name} --config-file ${quoted(file)}`);
  return 0;
}

/** Safe between the words of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
