import { folderOf } from "./backend.ts";

/** By what its backend told the engine: what to do; in the words of the engine, of Go's SDKs, or of a network. */
const kinds: readonly [pattern: RegExp, fix: (vendor: Vendor) => string][] = [
  [
    /NoSuchBucket|bucket (?:does not|doesn't) exist|NoSuchContainer|ContainerNotFound/i,
    () => "make that bucket, or correct PULUMI_BACKEND_URL",
  ],
  [
    /credentials?\b|AccessDenied|Forbidden|StatusCode: 40[13]|Error 40[13]|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|invalid_grant|PULUMI_ACCESS_TOKEN/i,
    ({ keys }) => `give credentials that may read and write it, ${keys}`,
  ],
  [/region(?!=)/i, () => "set AWS_REGION to the bucket's"],
  [
    /no answer within|dial tcp|no such host|connection re(?:fused|set)|timeout|deadline exceeded|TLS handshake|x509/i,
    () => "look whether it can be reached from here",
  ],
];

/** What the engine says only of its backend: of a blob there, in opening it, and in logging in. */
const ofBackend =
  /^error: no answer within|blob \(|\.pulumi\/|unable to open bucket|problem logging in|PULUMI_ACCESS_TOKEN|performing HTTP request/;

/** Of the keys of secrets and of files that are read here. They may be with the same vendor, and not as a blob is. */
const ofAnother =
  /secrets manager|secrets \(code=|KMS|keyvault|(?:^|[\s"'/])Pulumi\.\S+\.yaml|(?:^|\s)yaml: /i;

interface Vendor {
  /** Where its credentials are looked for. */
  keys: string;
}

const vendors: Readonly<Record<string, Vendor>> = {
  "s3:": { keys: "by AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" },
  "gs:": { keys: "by GOOGLE_CREDENTIALS, or gcloud auth application-default login" },
  "azblob:": { keys: "by AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY, or az login" },
};
const others: Vendor = { keys: "such as PULUMI_ACCESS_TOKEN" };

/**
 * The line a person reads when the engine couldn't ask the backend that holds the state: its place, without options,
 * what went wrong, and what to do. Nothing for a folder, and for what the engine says of something else.
 */
export function stateProblem(backend: string, complaint: string): string | undefined {
  if (folderOf(backend) !== undefined || !isOfBackend(backend, complaint)) return undefined;
  const [, fix] = kinds.find(([pattern]) => pattern.test(complaint)) ?? [];
  const vendor = vendors[/^[\w+.-]+:/.exec(backend)?.[0] ?? ""] ?? others;
  const help = fix?.(vendor) ?? "look whether PULUMI_BACKEND_URL names the right place";
  return `state: must be readable at ${placeOf(backend)}, got "${reasonIn(complaint)}"; ${help}`;
}

function isOfBackend(backend: string, complaint: string): boolean {
  if (complaint.includes("blob (")) return true;
  if (ofAnother.test(complaint)) return false;
  // It looks for those of its backend in the same words as for those of keys, and before them.
  return ofBackend.test(complaint) || (backend.startsWith("gs:") && complaint.includes("google credentials"));
}

/** The same where the engine couldn't give the state of a stack, for whatever reason. */
export function unreadable(backend: string, complaint: string): string {
  const known = stateProblem(backend, complaint);
  return known ?? `state: must be readable at ${placeOf(backend)}, got "${reasonIn(complaint)}"`;
}

/** What is said in the engine's place of a command that had to be ended: it waits for its backend, or for who keeps a key. */
export function noAnswer(seconds: number): string {
  return `error: no answer within ${seconds} s`;
}

/** That the engine has asked and there is no such stack (pulumi/pulumi pkg/backend/backenderr, StackNotFoundError). */
export function saysNoStack(complaint: string): boolean {
  return /no stack named '[^']*' found/.test(complaint);
}

/** A backend for people, without its options. */
export function placeOf(backend: string): string {
  return withoutUser(backend).replace(/[?#].*$/s, "");
}

/** A text with the users and passwords of URLs left out; one may hold an `@` as it is. */
export function withoutUser(text: string): string {
  return text.replace(/\/\/[^/\s]*@/g, "//");
}

/** The last words, which say what went wrong; those before them say on whose behalf. */
export function reasonIn(complaint: string): string {
  const line = complaint
    .replace(/^[\s\S]*?error: /, "")
    .replace(/\s+/g, " ")
    .trim();
  const telling =
    /(?:api error |\bNoSuch\w+: |dial tcp:? |get credentials: |endpoint rule error, |googleapi: ).*$/.exec(
      line,
    );
  const reason = withoutUser(telling?.[0] ?? line)
    .replaceAll('"', "'")
    .slice(0, 300);
  return reason === "" ? "an end without a word" : reason;
}
