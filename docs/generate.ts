import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandLine } from "../cli/main.ts";
import { pages } from "./componentPages.ts";

export { pages } from "./componentPages.ts";

/** Writes the pages of the components and of the command line, from their sources: `npm run docs`. */
const root = join(import.meta.dirname, "..");

/** A page for the command line, from its own help. */
export function commandLinePage(): string {
  const program = commandLine();
  const verbs = program.commands.filter((verb) => verb.name() !== "help");
  const sections = verbs.map((verb) => {
    const aliases = verb.aliases().map((alias) => `\`berth ${alias}\``);
    return [
      `## berth ${verb.name()}`,
      ...(aliases.length > 0 ? [`Also ${aliases.join(" and ")}.`] : []),
      `\`\`\`\n${verb.configureHelp({ helpWidth: 100 }).helpInformation().trimEnd()}\n\`\`\``,
    ].join("\n\n");
  });
  return [commandLineIntroduction, ...sections].join("\n\n").concat("\n");
}

const commandLineIntroduction = `# The command line

\`npm run berth -- <verb>\`, or \`npx berth <verb>\`. Progress goes to stderr and results to stdout; with \`--json\` stdout holds JSON alone, an object a line. Colours follow the terminal, \`NO_COLOR\` and \`FORCE_COLOR\`.

Exit codes: 0 done; 1 refused or failed, with key, value and fix on stderr; 130 after ^C; 141 where a verb that only looks lost its reader, as in \`berth logs | head\`, while one that changes things goes on to its end unheard. The first ^C lets the steps under way end, the second cancels them, the third kills the engine; the next run cleans up after it.

Where nothing has changed since the last whole run on a stack, \`up\` and \`preview\` leave the Pulumi engine out: settings, secrets and passphrase, sources, tools, the Docker Engine, each image, the state's file and every container, volume and network have to be as that run left them, and well. Otherwise they say what differs and ask the engine; \`--full\` always asks it. With \`--json\`, \`engineLeftOut\` tells which it was. This is for stacks on this machine's Docker with their state in a folder, without sources mounted for development, and for a system of your own whose file imports nothing but \`berth/system\` and files beside it, and whose text alone decides what it is (no environment, time or chance); what is kept for it lies in the data folder's \`last-runs\`, for its owner alone.`;

if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(root, "docs/cli.md"), commandLinePage());
  const folder = join(root, "docs/components");
  const made = pages();
  // A component that is gone takes its page with it.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [file, text] of made) writeFileSync(join(folder, file), text);
}
