import { describe, expect, it, vi } from "vitest";
import { translate } from "../../../cli/failure/text.ts";
import { revealed } from "../../../cli/stackFile/revealed.ts";
import { parseCheckpoint } from "../../../cli/state/checkpoint.ts";
import { recover } from "../../../cli/state/recover.ts";
import { providerOf, providerProblem } from "../../../cli/state/secretsProvider.ts";
import { stateProblem } from "../../../cli/state/unreachable.ts";
import type { Engine } from "../../../cli/engine/engine.ts";
import { fakeTools, sessionOn } from "../../tools/fakeEngine.ts";

const tools = vi.hoisted(() => ({ pulumiRoot: "", version: "3.256.0", how: "built" }));
vi.mock("../../../toolchain/index.ts", () => ({ ensureTools: () => Promise.resolve(tools) }));

const aws = "awskms://alias/team?region=eu-central-1";
const gcp = "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k";
const azure = "azurekeyvault://v.vault.azure.net/keys/k";
const vault = "hashivault://team";

/** As `pulumi config` prints what it was told, and as `pulumi up` does. */
const inConfig = (words: string, kind = "Unknown") =>
  `error: 2 errors occurred:\n    1) ${words}\n    2) ${kind}\n`;
const inUp = (words: string, kind = "Unknown") =>
  `error: getting stack configuration: get stack secrets manager: secrets (code=${kind}): ${words}\n`;

/** What the engine of 3.256.0 writes, by what is wrong: the last two of a KMS that answers by AWS's and Google's documents. */
const complaints: [url: string, complaint: string, got: string, fix: string][] = [
  [
    aws,
    'operation error KMS: Decrypt, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
    "dial tcp 127.0.0.1:1: connect: connection refused",
    "look whether it can be reached from here",
  ],
  [
    aws,
    "operation error KMS: Decrypt, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, access disabled to EC2 IMDS",
    "get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, access disabled to EC2 IMDS",
    "give credentials that may encrypt and decrypt with that key, by AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  ],
  [
    vault,
    'Put "http://127.0.0.1:1/v1/transit/decrypt/team": dial tcp 127.0.0.1:1: connect: connection refused',
    "dial tcp 127.0.0.1:1: connect: connection refused",
    "look whether it can be reached from here",
  ],
  [
    azure,
    'Post "https://v.vault.azure.net/keys/k/encrypt?api-version=2025-07-01": dial tcp: lookup v.vault.azure.net on 192.0.2.53:53: no such host',
    "dial tcp: lookup v.vault.azure.net on 192.0.2.53:53: no such host",
    "look whether it can be reached from here",
  ],
  [
    aws,
    "operation error KMS: Decrypt, https response error StatusCode: 400, RequestID: 1, NotFoundException: Alias arn:aws:kms:eu-central-1:1:alias/team is not found.",
    "operation error KMS: Decrypt, https response error StatusCode: 400, RequestID: 1, NotFoundException: Alias arn:aws:kms:eu-central-1:1:alias/team is not found.",
    "correct the key's name",
  ],
  [
    gcp,
    "rpc error: code = PermissionDenied desc = Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource 'projects/p'",
    "rpc error: code = PermissionDenied desc = Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource 'projects/p'",
    "give credentials that may encrypt and decrypt with that key, by GOOGLE_CREDENTIALS, or gcloud auth application-default login",
  ],
];

/** The same of what is said before anybody is asked. */
const early: typeof complaints = [
  [
    vault,
    "error: open keeper hashivault://team: neither VAULT_SERVER_URL nor VAULT_ADDR environment variables are set",
    "open keeper hashivault://team: neither VAULT_SERVER_URL nor VAULT_ADDR environment variables are set",
    "set VAULT_ADDR to where it answers, and VAULT_TOKEN",
  ],
  [
    azure,
    "error: illegal base64 data at input byte 2",
    "illegal base64 data at input byte 2",
    "put the encryptedkey back that belongs to it, or name the key that this one was made with",
  ],
  [
    "kms://team",
    'error: open secrets.Keeper: no driver registered for "kms" for URL "kms://team"; available schemes: awskms, azurekeyvault, gcpkms, hashivault',
    "open secrets.Keeper: no driver registered for 'kms' for URL 'kms://team'; available schemes: awskms, azurekeyvault, gcpkms, hashivault",
    "name one that begins with awskms://, azurekeyvault://, gcpkms:// or hashivault://",
  ],
  [
    gcp,
    "error: getting stack configuration: get stack secrets manager: missing google credentials: unable to find gcp credentials: google: could not find default credentials.",
    "missing google credentials: unable to find gcp credentials: google: could not find default credentials.",
    "give credentials that may encrypt and decrypt with that key, by GOOGLE_CREDENTIALS, or gcloud auth application-default login",
  ],
];

const source = "secretsprovider in Pulumi.dev.yaml";
const problemOf = (url: string, got: string, fix: string) =>
  `${source}: must open the stack's secrets by ${url}, got "${got}"; ${fix}`;
const cases = [
  ...complaints.flatMap(([url, words, got, fix]) =>
    [inConfig(words), inUp(words)].map((complaint) => [url, complaint, got, fix] as const),
  ),
  ...early,
];

describe("a secrets provider that is asked in vain", () => {
  it.each(cases)("%s is named with the fix, and not the bucket: %s", async (url, complaint, got, fix) => {
    const problem = problemOf(url, got, fix);
    expect(providerProblem({ url, source }, complaint, { alone: false })).toBe(problem);
    const session = sessionOn("s3://state", "/nowhere", `secretsprovider: ${url}\n`);
    expect(await translate(session, complaint)).toBe(problem);
    expect(stateProblem("s3://state", complaint)).toBeUndefined();
  });

  it.each([
    "error: incorrect passphrase",
    "error: no stack named 'dev' found",
    'error: read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml") (code=Unknown): operation error S3: GetObject, api error AccessDenied: not authorized to perform: kms:Decrypt',
    "error: unable to open bucket s3://state: dial tcp 192.0.2.1:443: i/o timeout",
    'error: yaml: line 5: mapping key "region" already defined at line 4',
    "error: 2 errors occurred:\n    1) no such file\n    2) and another sentence\n",
  ])("isn't what the engine says of something else: %s", (complaint) => {
    for (const alone of [true, false])
      expect(providerProblem({ url: aws, source }, complaint, { alone })).toBeUndefined();
  });

  it("is blamed for what a bucket could have said too only where no bucket was asked", () => {
    const provider = { url: gcp, source };
    for (const complaint of [
      "error: missing google credentials: unable to find gcp credentials",
      "error: no answer within 120 s",
    ]) {
      expect(providerProblem(provider, complaint, { alone: false })).toBeUndefined();
      expect(providerProblem(provider, complaint, { alone: true })).toContain(`by ${gcp}, got "`);
    }
  });

  it("is the one that the engine asks", () => {
    const named = (secretsprovider?: unknown) => ({ name: "dev", rest: { secretsprovider } });
    expect(providerOf(named(aws), {})).toEqual({ url: aws, source });
    const instead = { PULUMI_CLOUD_SECRET_OVERRIDE: gcp };
    expect(providerOf(named(aws), instead)).toEqual({ url: gcp, source: "PULUMI_CLOUD_SECRET_OVERRIDE" });
    for (const none of [undefined, "", "default", "passphrase", 1])
      expect(providerOf(named(none), instead)).toBeUndefined();
    expect(providerProblem(undefined, inUp("operation error KMS: Decrypt"), { alone: true })).toBeUndefined();
  });

  it("shows nobody's password", () => {
    const shown = providerProblem({ url: "hashivault://me:secret@team", source }, inUp("no"), {
      alone: true,
    });
    expect(shown).toContain("by hashivault://team, got");
  });
});

describe("secrets of a stack file", () => {
  const text = (url: string) => `secretsprovider: ${url}\nconfig:\n  berth:since: 2023-06-01\n`;
  const says = (words: string) => `cat >&2 <<'TEXT'\n${words}\nTEXT\nexit 1`;
  const opened = async (url: string, script: string, backend = "s3://state") => {
    tools.pulumiRoot = await fakeTools(script);
    return sessionOn(backend, tools.pulumiRoot, text(url));
  };

  it.each(cases)("that can't be opened by %s", async (url, complaint, got, fix) => {
    const session = await opened(url, says(complaint));
    await expect(revealed(session)).rejects.toThrow(problemOf(url, got, fix));
  });

  it("whose state can't be asked either are the provider's in the end", async () => {
    const [, words, got, fix] = complaints[0] ?? [];
    const away = "error: unable to open bucket s3://state: dial tcp 192.0.2.1:443: i/o timeout";
    const script = `case "$PULUMI_BACKEND_URL $1" in *" stack") exit 0 ;; file:*) ${says(inConfig(words ?? ""))}\n;; *) ${says(away)}\n;; esac`;
    await expect(revealed(await opened(aws, script))).rejects.toThrow(problemOf(aws, got ?? "", fix ?? ""));
  });

  it("for which nobody answers are waited for no longer than said", async () => {
    const waits = 'case "$1" in stack) exit 0 ;; esac; exec sleep 60';
    const begun = Date.now();
    for (const backend of ["file:///data/state", "s3://state"])
      await expect(revealed(await opened(aws, waits, backend), 1)).rejects.toThrow(
        problemOf(aws, "no answer within 1 s", "look whether it can be reached from here"),
      );
    expect(Date.now() - begun).toBeLessThan(20_000);
  });
});

it("taking back an interrupted run names the provider that the state itself names", async () => {
  const state = `{"version":3,"deployment":{"secrets_providers":{"type":"cloud","state":{"url":"${aws}"}},"resources":[],"pending_operations":[{"type":"creating","resource":{"urn":"u","type":"t"}}]}}`;
  const [work, exits] = [
    await fakeTools("exit 0"),
    { complaint: "error: no answer within 120 s", stdout: "" },
  ];
  const answer = (verb: string) =>
    verb === "export" ? { ok: true, complaint: "", stdout: state } : { ok: false, ...exits };
  const engine = { command: (_: string, verb: string) => Promise.resolve(answer(verb)) } as unknown as Engine;
  const home = { work } as Parameters<typeof recover>[0]["home"];
  const taken = recover({ dockers: [], engine, home, stack: "dev", checkpoint: parseCheckpoint(state) });
  await expect(taken).rejects.toThrow(
    `secrets_providers in the stack's state: must open the stack's secrets by ${aws}, got "no answer within 120 s"; look whether it can be reached from here`,
  );
});
