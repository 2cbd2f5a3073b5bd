import { fingerprint } from "../containers/hash.ts";

/** A machine that is reached over ssh, as plain data. */
export interface SshTarget {
  /** Name or address, or what the tunnel calls the machine. */
  address: string;
  user: string;
  /** @default what the user's ssh configuration says of the address, else 22 */
  port?: number;
  /** The machine's public key such as `ssh-ed25519 AAAA…`, or the path of a known_hosts file that holds it. */
  hostKey: string;
  /** Path of a private key, best below `~`. @default what the agent and the user's ssh configuration offer */
  key?: string;
  /** `user@host` or `user@host:port` to go through; its host key has to be in the user's known_hosts. */
  jump?: string;
  /** Command whose input and output are the machine's ssh port, with ssh's own tokens such as `%h` and `%p`. */
  proxyCommand?: string;
}

/** The one way to a machine, for the docker provider and for every remote step. */
export interface Connection {
  readonly target: SshTarget;
  /** `ssh://user@host:port`, the docker provider's `host`. */
  readonly url: string;
  /** The docker provider's `sshOpts`, and what every `ssh` we start begins with. */
  readonly options: readonly string[];
}

/** Seconds until a machine that doesn't answer is given up, and until one that froze is noticed. */
const patience = { ConnectTimeout: "10", ServerAliveInterval: "10", ServerAliveCountMax: "3" };

/**
 * How to reach a machine. The stack's state keeps these options, and a run of `destroy` on another machine uses
 * them: so nothing in them is temporary, secret, or particular to who ran it.
 */
export function connection(target: SshTarget): Connection {
  const { address, user, port, key } = target;
  const host = address.includes(":") ? `[${address}]` : address;
  const options = {
    BatchMode: "yes",
    ...patience,
    ClearAllForwardings: "yes",
    ForwardAgent: "no",
    ...hostKeyOptions(target.hostKey),
    ...(key !== undefined && { IdentityFile: asWord(key), IdentitiesOnly: "yes" }),
    ...proxyOptions(target),
    // Used when a master is there; opening one is `openMaster`'s part, because a burst of `auto` all dial.
    ControlMaster: "no",
    ControlPath: controlPath(target),
  };
  return {
    target,
    url: `ssh://${user}@${host}${port === undefined ? "" : `:${port}`}`,
    options: Object.entries(options).flatMap(([option, value]) => ["-o", `${option}=${value}`]),
  };
}

/** The arguments of `ssh` up to the remote command. */
export function sshArguments({ target, options }: Connection): string[] {
  return [...options, "-T", "-l", target.user, ...portWords(target), "--", target.address];
}

/** The command with which a person goes to the machine. */
export function accessCommand({ target }: Connection): string {
  const port = target.port === 22 ? [] : portWords(target);
  const key = target.key === undefined ? [] : ["-i", /\s/.test(target.key) ? `'${target.key}'` : target.key];
  const proxy = Object.entries(proxyOptions(target)).flatMap(([option, value]) => [
    "-o",
    `'${option}=${value}'`,
  ]);
  return ["ssh", ...port, ...key, ...proxy, `${target.user}@${target.address}`].join(" ");
}

/** Without a port of its own an alias keeps the one that ssh's configuration gives it. */
function portWords({ port }: Pick<SshTarget, "port">): string[] {
  return port === undefined ? [] : ["-p", String(port)];
}

/** A path as one word of an option: ssh takes options apart at spaces, and replaces what begins with `%` (ssh_config(5)). */
function asWord(path: string): string {
  const plain = path.replaceAll("%", "%%");
  return /[\s"]/.test(plain) ? `"${plain.replaceAll('"', '\\"')}"` : plain;
}

/** {@link asWord} undone. */
export function pathIn(word: string): string {
  const inner = /^"(.*)"$/s.exec(word)?.[1]?.replaceAll('\\"', '"') ?? word;
  return inner.replaceAll("%%", "%");
}

/** Where the shared connection listens; below 104 bytes, the least any system allows, wherever the home folder is. */
export function controlPath({ port = 22, ...target }: SshTarget): string {
  return `~/.ssh/berth-${fingerprint({ ...target, port })}`;
}

/**
 * Strict checking, always. A key is handed over by a command instead of a file (OpenSSH 8.5), so that the options
 * hold on any machine; the alias makes the answer independent of how the machine is addressed.
 */
function hostKeyOptions(hostKey: string) {
  const strict = {
    StrictHostKeyChecking: "yes",
    GlobalKnownHostsFile: "none",
    UpdateHostKeys: "no",
    CheckHostIP: "no",
  };
  return isPublicKey(hostKey)
    ? {
        ...strict,
        UserKnownHostsFile: "none",
        HostKeyAlias: "berth",
        KnownHostsCommand: `/bin/echo berth ${hostKey.split(" ", 2).join(" ")}`,
      }
    : { ...strict, UserKnownHostsFile: hostKey };
}

/** Whether this is a public key as sshd writes it; its comment is ignored. */
export function isPublicKey(text: string): boolean {
  return /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]+={0,2}(?: .*)?$/.test(text);
}

/** ssh's own ProxyJump hands none of our options on and would ask a question on the terminal. */
function proxyOptions({ jump, proxyCommand }: SshTarget): Record<string, string> {
  if (proxyCommand !== undefined) return { ProxyCommand: proxyCommand };
  if (jump === undefined) return {};
  const [, destination = jump, port] = /^(.*?)(?::(\d+))?$/.exec(jump) ?? [];
  const words = ["ssh", "-o BatchMode=yes", "-o StrictHostKeyChecking=yes", "-o ConnectTimeout=10"];
  return {
    ProxyCommand: [...words, ...(port === undefined ? [] : [`-p ${port}`]), "-W [%h]:%p", destination].join(
      " ",
    ),
  };
}
