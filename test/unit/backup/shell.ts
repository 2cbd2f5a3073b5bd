import { join } from "node:path";
import { execa } from "execa";
import { backupScript } from "../../../services/backup/scripts.ts";

/**
 * Runs words of the script that makes backups, with `state`, volumes and former passwords below a folder and other programs as `stubs` say:
 * all but what sets the shell up for its container, and what it does by itself.
 */
export async function inScript(folder: string, stubs: string, words: string) {
  const script = backupScript()
    .replace(/^set -o pipefail$/m, "")
    .replace(/^(state|volumes)=.*$/gm, "")
    .replaceAll("/etc/berth/former", `${folder}/former`)
    .replace(/\ntools\ncase \$\{1-\}[^]*$/, "\n");
  const program = [
    "set -eu; set -o pipefail",
    `state=${folder}/state volumes=${folder}/volumes`,
    'mkdir -p "$state/work" "$volumes"',
    script,
    stubs,
    words,
  ].join("\n");
  const { exitCode, stdout, stderr } = await execa("bash", ["-c", program], {
    cwd: join(folder),
    env: { LC_ALL: "C", RESTIC_HOST: "prod", TZ: "UTC" },
    reject: false,
  });
  return { code: exitCode, words: stdout, wrong: stderr };
}
