import type { Connection } from "../../components/ssh/connection.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { remote } from "../../components/ssh/session.ts";
import type { Capacity } from "../../components/containers/host.ts";

export interface Facts {
  capacity: Capacity;
  /** Where sshd listens, which may not be the port it is reached at. */
  sshPorts: number[];
}

const question = [
  "nproc",
  "sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo",
  "nvidia-smi -L 2>/dev/null | wc -l",
  // sshd answers root alone; who isn't is refused by the first step of setup. Where systemd listens for it, its own
  // file isn't read.
  's=; [ "$(id -u)" = 0 ] || s="sudo -n"',
  "listening() { if systemctl is-active --quiet ssh.socket; then systemctl show --property=Listen ssh.socket; else $s /usr/sbin/sshd -T; fi 2>/dev/null; }",
  "listening | sed -n 's/^\\(listenaddress \\|Listen=\\).*:\\([0-9]*\\)\\( (Stream)\\)\\{0,1\\}$/\\2/p' | sort -un",
].join("; ");

/** Asks a machine what it has. Throws {@link RemoteError}. */
export async function askFacts(connection: Connection): Promise<Facts> {
  return factsIn(await remote(connection, question, { deadline: 30 }));
}

/** The answer, taken apart: cores, memory in KiB, GPUs and sshd's ports, a line each. */
export function factsIn(answer: string): Facts {
  const [cpus = NaN, kibibytes = NaN, gpus = NaN, ...ports] = answer.trim().split(/\s+/).map(Number);
  if (!(cpus > 0 && kibibytes > 0 && gpus >= 0 && ports.every((port) => port > 0))) {
    throw new RemoteError(`host.capacity: must be told by the machine, got "${answer.trim()}"`, answer);
  }
  return {
    capacity: { cpus, memory: Math.floor(kibibytes / 1024), gpus },
    sshPorts: ports.length === 0 ? [22] : ports,
  };
}
