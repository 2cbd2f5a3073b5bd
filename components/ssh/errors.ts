import type { SshTarget } from "./connection.ts";
import { PlainError } from "../../lib/plainError.ts";

/** Something that had to happen on a machine didn't; the message says what to do next. */
export class RemoteError extends PlainError {
  constructor(
    message: string,
    /** What ssh and the remote command wrote, for a log. */
    readonly output = "",
  ) {
    super(message);
    this.name = "RemoteError";
  }
}

type Words = (login: string, target: SshTarget, stderr: string) => string;

/** What ssh writes when it fails, most particular first, and what a person can do about it. */
const explanations: readonly [pattern: RegExp, words: Words][] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known for/i,
    (login, _, stderr) =>
      `host.hostKey: must be the key of ${login}, which shows another one; ` +
      `if the machine was rebuilt, compare and accept its new key with berth setup --host-key ${shownIn(stderr)}, otherwise somebody is in between`,
  ],
  [
    /Permission denied|Too many authentication failures|no such identity/i,
    (login, { key, user }) =>
      `host.key: must be a key that ${login} accepts, got ${key === undefined ? "what the agent offers" : `"${key}"`}; ` +
      `add its public half to ~${user}/.ssh/authorized_keys there, or name another`,
  ],
  [
    /Could not resolve hostname/i,
    (login) =>
      `host.address: must be a name that resolves, got ${login}; look for a typing error or use the address`,
  ],
  [
    /Connection refused/i,
    (login) => `host.address: nothing listens for ssh at ${login}; is sshd running, is the port right`,
  ],
  [
    /timed out|No route to host|Network is unreachable|banner exchange|not responding/i,
    (login) => `host.address: ${login} doesn't answer; is it on, and does its firewall let this machine in`,
  ],
  [
    /kex_exchange_identification|Connection (?:closed|reset) by|Broken pipe/i,
    (login) =>
      `host.address: ${login} closed the connection; is it starting, or are too many connections open at once`,
  ],
];

/** What OpenSSH says of the machine when the command that it speaks to instead has ended, which has no port. */
const wayEnded = "UNKNOWN port 65535";

/** The reason why `ssh` itself failed, in a person's words; ssh ends with 255 then. */
export function explain(stderr: string, target: SshTarget): string {
  const port = target.port === undefined ? "" : `:${target.port}`;
  const login = `${target.user}@${target.address}${port}`;
  if (stderr.includes(wayEnded)) return explainWay(stderr, login, target);
  const known = explanations.find(([pattern]) => pattern.test(stderr));
  return known === undefined
    ? `host: ssh to ${login} failed, ${lastLine(stderr)}`
    : known[1](login, target, stderr);
}

/** What lies before the machine failed by itself, and the machine is asked nothing. */
function explainWay(stderr: string, login: string, { jump }: SshTarget): string {
  const lines = stderr
    .split("\n")
    .filter((line) => !/^kex_exchange_identification|UNKNOWN port 65535/.test(line));
  const last = lastLine(lines.join("\n"));
  // An ssh that goes on as a master for others drops what the way writes: ssh_proxy_connect in OpenSSH's sshconnect.c.
  const why = last === "" ? "no words" : `"${last}"`;
  return jump === undefined
    ? `host.proxyCommand: must lead to ${login}, got ${why}`
    : `host.jump: must lead to ${login}, got ${why} of ${jump}; see that ssh ${jump} goes in without a question`;
}

/** ssh names the key that was shown: "The fingerprint for the ED25519 key sent by the remote host is SHA256:…." */
function shownIn(stderr: string): string {
  return /SHA256:[A-Za-z0-9+/]{43}/.exec(stderr)?.[0] ?? "SHA256:…";
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
