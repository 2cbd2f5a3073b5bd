import { folderOf } from "./backend.ts";

/** What the engine says when it couldn't ask its backend; in its words, those of Go's SDKs, or those of a network. */
const kinds: readonly [pattern: RegExp, fix: (vendor: Vendor) => string][] = [
  [
    /NoSuchBucket|bucket (?:does not|doesn't) exist|NoSuchContainer|ContainerNotFound/i,
    () => "make that bucket, or correct PULUMI_BACKEND_URL",
  ],
  [
    /credentials|AccessDenied|Forbidden|StatusCode: 40[13]|Error 40[13]|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|invalid_grant|PULUMI_ACCESS_TOKEN/i,
    ({ keys }) => `give credentials that may read and write it, ${keys}`,
  ],
  [/region/i, () => "set AWS_REGION to the bucket's"],
  [
    /dial tcp|no such host|connection re(?:fused|set)|timeout|deadline exceeded|TLS handshake|x509/i,
    () => "look whether it can be reached from here",
  ],
  [/blob \(|\.pulumi\/|bucket/i, () => "look whether PULUMI_BACKEND_URL names the right place"],
];

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
  if (folderOf(backend) !== undefined) return undefined;
  const [, fix] = kinds.find(([pattern]) => pattern.test(complaint)) ?? [];
  if (fix === undefined) return undefined;
  const vendor = vendors[/^[\w+.-]+:/.exec(backend)?.[0] ?? ""] ?? others;
  const place = backend.replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//");
  return `state: must be readable at ${place}, got "${reasonIn(complaint)}"; ${fix(vendor)}`;
}

/** The last words, which say what went wrong; those before them say on whose behalf. */
function reasonIn(complaint: string): string {
  const line = complaint
    .replace(/^[\s\S]*?error: /, "")
    .replace(/\s+/g, " ")
    .trim();
  const telling =
    /(?:api error |\bNoSuch\w+: |dial tcp |get credentials: |endpoint rule error, |googleapi: ).*$/.exec(
      line,
    );
  return (telling?.[0] ?? line).replaceAll('"', "'").slice(0, 300);
}
