import type { Connection } from "../../components/ssh/connection.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { remote } from "../../components/ssh/session.ts";
import type { Capacity } from "../../components/hosts/host.ts";

export interface Facts {
  capacity: Capacity;
  /** Where sshd listens, which may not be the port it is reached at. */
  sshPort: number;
}

const question = [
  "nproc",
  "sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo",
  "nvidia-smi -L 2>/dev/null | wc -l",
  // It answers root alone; who isn't is refused by the first step of setup.
  's=; [ "$(id -u)" = 0 ] || s="sudo -n"; $s /usr/sbin/sshd -T 2>/dev/null | sed -n "s/^port //p" | head -n 1',
].join("; ");

/** Asks a machine what it has. Throws {@link RemoteError}. */
export async function askFacts(connection: Connection): Promise<Facts> {
  return factsIn(await remote(connection, question, { deadline: 30 }));
}

/** The answer, taken apart: cores, memory in KiB, GPUs and sshd's port, a line each. */
export function factsIn(answer: string): Facts {
  const [cpus = NaN, kibibytes = NaN, gpus = NaN, sshPort = 22] = answer.trim().split(/\s+/).map(Number);
  if (!(cpus > 0 && kibibytes > 0 && gpus >= 0 && sshPort > 0)) {
    throw new RemoteError(`host.capacity: must be told by the machine, got "${answer.trim()}"`, answer);
  }
  return { capacity: { cpus, memory: Math.floor(kibibytes / 1024), gpus }, sshPort };
}
