import { sshArguments, type Connection } from "../ssh/connection.ts";
import { prints, quote, script, filledIn } from "./scripts.ts";

/** Seconds a new machine may take: packages are installed, a GPU's driver is built. */
export const gateDeadline = 900;

/**
 * The POSIX shell script that waits until a machine can be worked with. It prints `ready`, or fails after the
 * deadline or as soon as cloud-init has failed, with the tail of the machine's log.
 */
export function gateScript(server: Connection, deadline = gateDeadline): string {
  const words = sshArguments(server).map(quote).join(" ");
  const there = `set -- ${words}\n${prints("probe", script("probe"))}`;
  return filledIn(script("gate"), { deadline }).replace("set -u\n", (line) => `${line}${there}`);
}
