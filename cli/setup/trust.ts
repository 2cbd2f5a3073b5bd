import { isPublicKey, type SshTarget } from "../../components/ssh/connection.ts";
import { keyFingerprint, shownHostKey } from "../../components/ssh/hostKey.ts";
import { ask } from "../ask.ts";
import { Refusal } from "../refusal.ts";

export interface TrustArgs {
  target: Omit<SshTarget, "hostKey">;
  /** What the settings say. */
  known?: string;
  /** What the person says: `SHA256:…` or a whole public key; several, with commas, for several machines. */
  given?: string;
  /** Asks a person; absent where there is none. */
  ask?: (question: string) => Promise<string>;
}

/**
 * The host key to pin: the one that settings name, else the one the machine shows once a person has said that it is
 * the machine's. A given key that differs is refused, also when settings have none yet. Throws {@link Refusal}.
 */
export async function trustedHostKey({ target, known, given, ask }: TrustArgs): Promise<string> {
  if (known !== undefined && given === undefined) return known;
  if (given !== undefined && isPublicKey(given)) return given;
  const accepted = given?.split(",");
  const shown = await shownHostKey(target);
  const fingerprint = keyFingerprint(shown);
  const login = `${target.user}@${target.address}`;
  if (given !== undefined) {
    if (accepted?.includes(fingerprint) === true) return shown;
    throw new Refusal([
      `--host-key: must be the key of ${login}, which shows ${fingerprint}, got "${given}"; if that is not your machine's, somebody is in between`,
    ]);
  }
  const compare = "on the machine: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub";
  if (ask === undefined) {
    throw new Refusal([
      `host.hostKey: must be compared before the first connection, ${login} shows ${fingerprint}; when it is right (${compare}), run again with --host-key ${fingerprint}`,
    ]);
  }
  const answer = await ask(
    `${login} shows the host key ${fingerprint}\n(${compare})\nIs it right? [yes/no] `,
  );
  if (answer.toLowerCase() === "yes") return shown;
  throw new Refusal([`host.hostKey: must be accepted by "yes", got "${answer}"; nothing was changed`]);
}

/** A question on the terminal; absent where nobody sits at one. */
export function terminal(): TrustArgs["ask"] {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return (question) => ask(question);
}
