import { createPassphrase, passphraseSource, readPassphrase, type Home } from "../home.ts";
import { opens } from "../state/passphrase.ts";

/**
 * Whether the passphrase at hand is the one a stack was made with. Nothing when it is, or when the stack has its
 * secrets elsewhere; a stack that doesn't exist yet gets a passphrase made.
 */
export async function passphraseProblem(home: Home, stack: string, salt: string | undefined, check: boolean) {
  const passphrase = await readPassphrase(home);
  const source = passphraseSource(home);
  if (passphrase === undefined) {
    if (salt !== undefined) return missing(stack, source);
    if (source !== home.passphrase) return `passphrase: must be in ${source}, got no such file`;
    await createPassphrase(home);
    return undefined;
  }
  if (salt === undefined || !check || (await opens(passphrase, salt))) return undefined;
  return wrong(stack, source);
}

function missing(stack: string, source: string): string {
  return `passphrase: must be the one that stack "${stack}" was made with, got no file ${source}; put it back, or set PULUMI_CONFIG_PASSPHRASE`;
}

export function wrong(stack: string, source: string): string {
  return `passphrase: must be the one that stack "${stack}" was made with, got another from ${source}; put the old one back, or set PULUMI_CONFIG_PASSPHRASE`;
}
