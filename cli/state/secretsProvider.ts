import type { StackFile } from "../project.ts";
import type { SecretsProvider } from "./checkpoint.ts";
import { reasonIn, withoutUser } from "./unreachable.ts";

/** Where the credentials of each are looked for (gocloud.dev/secrets, and pulumi/pulumi pkg/authhelpers). */
const keys: Readonly<Record<string, string>> = {
  awskms: "by AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  azurekeyvault: "by AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or az login",
  gcpkms: "by GOOGLE_CREDENTIALS, or gcloud auth application-default login",
  hashivault: "by VAULT_TOKEN",
};

type Fix = (kind: string) => string;

/** By what it told the engine: what to do; in the words of the engine, of the vendors' SDKs, or of a network. */
const kinds: readonly [pattern: RegExp, fix: Fix][] = [
  [
    /no driver registered|unable to parse the secrets provider URL/i,
    () => `name one that begins with ${listed(Object.keys(keys).map((kind) => `${kind}://`))}`,
  ],
  [/environment variables are set/, () => "set VAULT_ADDR to where it answers, and VAULT_TOKEN"],
  [
    /InvalidCiphertext|IncorrectKey|ciphertext is invalid|invalid ciphertext|authentication failed|illegal base64|BadParameter/i,
    () => "put the encryptedkey back that belongs to it, or name the key that this one was made with",
  ],
  [
    /DisabledException|is disabled|KMSInvalidState|not enabled|destroyed/i,
    () => "enable that key; without it nobody can open these secrets",
  ],
  [
    /credentials?\b|AccessDenied|PermissionDenied|permission denied|Forbidden|Unauthenticated|unauthorized|StatusCode: 40[13]|Code: 403|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|UnrecognizedClient|invalid_grant|missing client token/i,
    (kind) => `give credentials that may encrypt and decrypt with that key, ${keys[kind] ?? "as it asks"}`,
  ],
  [/NotFound|not found|does not exist|doesn't exist/, () => "correct the key's name"],
  [/region(?!=)/i, () => "add the key's region, such as ?region=eu-central-1"],
  [
    /no answer within|dial tcp|no such host|connection re(?:fused|set)|timeout|deadline exceeded|TLS handshake|x509/i,
    () => "look whether it can be reached from here",
  ],
];

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

/**
 * What the engine says only in asking one: its own words before it, a vendor's for the key, or, where a command prints
 * what it was told with nothing before it, that and the kind of it as a second error.
 */
const ofProvider =
  /get stack secrets manager: |secrets \(code=|open keeper |secrets\.Keeper|operation error KMS|\/v1\/transit\/|vault\.azure\.net|cloudkms|VAULT_\w+|illegal base64|secrets provider URL|^error: 2 errors occurred:\s+1\) [\s\S]*\s2\) [A-Z]\w+\s*$/;

/** What a stack's secrets are opened by, where that is a service and no passphrase. */
export function providerOf(
  { name, rest }: Pick<StackFile, "name" | "rest">,
  environment = process.env,
): SecretsProvider | undefined {
  const { secretsprovider: written } = rest;
  if (typeof written !== "string" || ["", "default", "passphrase"].includes(written)) return undefined;
  // pulumi/pulumi pkg/secrets/cloud/manager.go
  const { PULUMI_CLOUD_SECRET_OVERRIDE: instead = "" } = environment;
  if (instead !== "") return { url: instead, source: "PULUMI_CLOUD_SECRET_OVERRIDE" };
  return { url: written, source: `secretsprovider in Pulumi.${name}.yaml` };
}

/**
 * The line a person reads when the engine couldn't open a stack's secrets: who was asked for the key, what went wrong,
 * and what to do. Nothing for what the engine says of something else, such as a bucket with a key of its own.
 */
export function providerProblem(
  provider: SecretsProvider | undefined,
  complaint: string,
  {
    alone,
  }: {
    /** Whether nothing else was asked that could have said it, or not have answered. */
    alone: boolean;
  },
): string | undefined {
  if (provider === undefined || complaint.includes("blob (")) return undefined;
  const shared = /^error: no answer within|google credentials/.test(complaint);
  if (!ofProvider.test(complaint) && !(shared && alone)) return undefined;
  const [, fix] = kinds.find(([pattern]) => pattern.test(complaint)) ?? [];
  const kind = provider.url.split(":")[0] ?? "";
  const help = fix?.(kind) ?? "look whether it names the right key";
  return `${provider.source}: must open the stack's secrets by ${withoutUser(provider.url)}, got "${reasonIn(toldBy(complaint))}"; ${help}`;
}

/** Without the kind of error that the engine prints as a second one. */
function toldBy(complaint: string): string {
  return complaint
    .replace(/^error: 2 errors occurred:\s+1\) ([\s\S]*)\s2\) [A-Z]\w+\s*$/, "error: $1")
    .replace(/^error: (?:getting stack configuration: )?get stack secrets manager: /, "error: ")
    .replace(/^error: secrets \(code=\w+\): /, "error: ");
}
