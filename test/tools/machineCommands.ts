import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** What stands in for the commands that reach a machine. */
export interface Commands {
  /** A PATH on which they come first. */
  path: string;
  remove(): Promise<void>;
}

/**
 * A vendor's command line, `gcloud` or `aws`, which asks what stands in for the vendor at `url`, as the plugin does, and
 * an `ssh` to machines that are ready and whose Docker is this one's: what a machine does is tested on real ones.
 */
export async function machineCommands(vendor: "gcloud" | "aws", url: string): Promise<Commands> {
  const folder = await mkdtemp(join(tmpdir(), `berth-${vendor}-`));
  const files = {
    [vendor]: `#!${process.execPath}
fetch("${url}/${vendor}", { method: "POST", body: JSON.stringify(process.argv.slice(2)) }).then(async (answer) => {
  const text = await answer.text();
  (answer.ok ? process.stdout : process.stderr).write(text + "\\n");
  process.exitCode = answer.ok ? 0 : 1;
});
`,
    ssh: `#!/bin/sh
case "$*" in
  *'docker system dial-stdio'*) exec docker system dial-stdio ;;
  *'sh -s') cat >/dev/null && echo @ready ;;
esac
`,
  };
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    await writeFile(file, content);
    await chmod(file, 0o755);
  }
  return {
    path: [folder, process.env.PATH].join(delimiter),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
