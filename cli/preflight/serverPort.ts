import type { Connection } from "../../components/ssh/connection.ts";
import { remote } from "../../components/ssh/session.ts";

/** Who listens on port 80, with names where sudo gives them: `LISTEN … users:(("apache2",pid=812,fd=4))`. */
const question = "s=; [ $(id -u) = 0 ] || s='sudo -n'; $s ss -Hltnp 'sport = :80'";

/** What a server's own process does to the proxy's port; which container holds it is the engine's to tell. */
export async function serverPortProblem(way: Connection): Promise<string | undefined> {
  const listeners = await remote(way, question, { deadline: 30 }).catch(() => "");
  return heldProblem(listeners, way.target.address);
}

/** The line a person reads; nothing when no process, or Docker for a container, listens. */
export function heldProblem(listeners: string, address: string): string | undefined {
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(listeners) ?? [];
  if (name === undefined || name.startsWith("docker")) return undefined;
  return `host: must have port 80 free for the proxy, got "${name}, pid ${pid}" on ${address}; stop that there, for example with systemctl disable --now`;
}
