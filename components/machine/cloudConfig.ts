import { stringify } from "yaml";
import type { Machine } from "./machine.ts";
import { setupScript } from "./setupScript.ts";
import { sshdSettings } from "./sshdSettings.ts";

/** Where the script lies that cloud-init runs, for a person who looks. */
export const setupPath = "/usr/local/sbin/berth-setup";

/**
 * User-data with which cloud-init prepares a machine we build, on its first boot. sshd's settings come before the
 * script, because sshd starts after the files are written and before commands run: they are in force for the first
 * connection. With a {@link Machine.hostKey} the result is a secret.
 * https://cloudinit.readthedocs.io/en/latest/reference/modules.html
 */
export function cloudConfig(machine: Machine): string {
  const { hostKey } = machine;
  const config = {
    ...(hostKey && {
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    }),
    ssh_pwauth: false,
    package_update: false,
    write_files: [
      file("/etc/ssh/sshd_config.d/00-berth.conf", "0644", `${sshdSettings}\n`),
      file(setupPath, "0700", setupScript(machine)),
    ],
    runcmd: [[setupPath]],
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}

function file(path: string, permissions: string, content: string) {
  return { path, owner: "root:root", permissions, content };
}
