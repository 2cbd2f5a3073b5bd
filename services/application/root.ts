/**
 * What stock images need of root's powers: to hand files over and become another user at their start, and to listen
 * on a port below 1024. Docker's own default holds more (https://docs.docker.com/engine/security/#linux-kernel-capabilities).
 */
export const rootCapabilities = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "SETGID",
  "SETUID",
  "KILL",
  "NET_BIND_SERVICE",
] as const;

/** Whether `uid:gid` is root's. */
export function isRoot(user: string): boolean {
  return /^0+(?::|$)/.test(user);
}

/** What a container of root's is made with, where a setting allows it; nothing for any other user. */
export function rootSpec({
  user,
  root,
  capabilities = [],
}: {
  user: string;
  root?: boolean;
  capabilities?: readonly string[];
}) {
  if (root !== true || !isRoot(user)) return {};
  const all = [...new Set([...rootCapabilities, ...capabilities])];
  return { root, capabilities: all.map((name) => `CAP_${name}`) };
}
