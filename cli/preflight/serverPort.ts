import type { Connection } from "../../components/ssh/connection.ts";
import { remote } from "../../components/ssh/session.ts";

/** Where the proxy of a server is to listen. */
const ports = { http: 80, https: 443 } as const;

/** Who listens on a port, with names where sudo gives them: `LISTEN … users:(("apache2",pid=812,fd=4))`. */
const holders = (port: number): string =>
  `s=; [ $(id -u) = 0 ] || s='sudo -n'; $s ss -Hltnp 'sport = :${port}'`;

/** The rules of a prepared server; nothing of one that isn't. */
const rules = "s=; [ $(id -u) = 0 ] || s='sudo -n'; $s /usr/local/sbin/berth-firewall print 2>/dev/null || :";

/**
 * What a server's own process does to the proxy's ports, and that its firewall lets in who comes by HTTPS where the
 * stack has TLS; which container holds a port is the engine's to tell.
 */
export async function serverPortProblems(way: Connection, tls = false): Promise<string[]> {
  const ask = (question: string) => remote(way, question, { deadline: 30 }).catch(() => "");
  const wanted = tls ? [ports.http, ports.https] : [ports.http];
  const { address } = way.target;
  const [loaded, ...found] = await Promise.all([
    tls ? ask(rules) : "",
    ...wanted.map(async (port) => heldProblem(await ask(holders(port)), address, port)),
  ]);
  return [...found, closedProblem(loaded, address)].filter((problem) => problem !== undefined);
}

/** The line a person reads; nothing when no process, or Docker for a container, listens. */
export function heldProblem(listeners: string, address: string, port: number): string | undefined {
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(listeners) ?? [];
  if (name === undefined || name.startsWith("docker")) return undefined;
  return `host: must have port ${port} free for the proxy, got "${name}, pid ${pid}" on ${address}; stop that there, for example with systemctl disable --now`;
}

/** Nothing where there are no rules of ours, or 443 is among them. */
export function closedProblem(loaded: string, address: string): string | undefined {
  if (loaded === "" || loaded.includes(`--ctorigdstport ${ports.https} `)) return undefined;
  return `tls: must have port ${ports.https} open in the firewall of ${address}, got one from before TLS; run berth setup`;
}
