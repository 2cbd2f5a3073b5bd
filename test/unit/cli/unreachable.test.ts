import { describe, expect, it } from "vitest";
import { placeOf, saysNoStack, stateProblem, unreadable } from "../../../cli/state/unreachable.ts";

const read =
  'error: read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml") (code=Unknown): operation error S3: GetObject, ';

/** What the engine of 3.256.0 writes, by what is wrong. */
const complaints: [backend: string, complaint: string, problem: string][] = [
  [
    "s3://state?endpoint=127.0.0.1:9000",
    "error: error listing stacks: could not list bucket: blob (code=NotFound): operation error S3: ListObjectsV2, https response error StatusCode: 404, RequestID: , HostID: , NoSuchBucket: The specified bucket does not exist",
    'state: must be readable at s3://state, got "NoSuchBucket: The specified bucket does not exist"; make that bucket, or correct PULUMI_BACKEND_URL',
  ],
  [
    "s3://state/team",
    `${read}https response error StatusCode: 403, RequestID: , HostID: , api error InvalidAccessKeyId: no such key`,
    'state: must be readable at s3://state/team, got "api error InvalidAccessKeyId: no such key"; give credentials that may read and write it, by AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ],
  [
    "s3://state",
    `${read}get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found`,
    'state: must be readable at s3://state, got "get credentials: failed to refresh cached credentials, no EC2 IMDS role found"; give credentials that may read and write it, by AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ],
  [
    "s3://state",
    `${read}resolve auth scheme: resolve endpoint: endpoint rule error, Invalid region: region was not a valid DNS name.`,
    'state: must be readable at s3://state, got "endpoint rule error, Invalid region: region was not a valid DNS name."; set AWS_REGION to the bucket\'s',
  ],
  [
    "s3://state",
    `${read}request send failed, Get "http://127.0.0.1:1/state": dial tcp 127.0.0.1:1: connect: connection refused`,
    'state: must be readable at s3://state, got "dial tcp 127.0.0.1:1: connect: connection refused"; look whether it can be reached from here',
  ],
  [
    "gs://state",
    "error: missing google credentials: unable to find gcp credentials: google: could not find default credentials.",
    'state: must be readable at gs://state, got "missing google credentials: unable to find gcp credentials: google: could not find default credentials."; give credentials that may read and write it, by GOOGLE_CREDENTIALS, or gcloud auth application-default login',
  ],
  [
    "https://me:secret@state.example",
    "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
    'state: must be readable at https://state.example, got "PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions"; give credentials that may read and write it, such as PULUMI_ACCESS_TOKEN',
  ],
  [
    "azblob://state",
    "error: unable to open bucket azblob://state?storage_account=us: DefaultAzureCredential: failed to acquire a token.",
    'state: must be readable at azblob://state, got "unable to open bucket azblob://state?storage_account=us: DefaultAzureCredential: failed to acquire a token."; give credentials that may read and write it, by AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY, or az login',
  ],
  [
    "s3://state?region=eu-central-1",
    "error: unable to open bucket s3://state?region=eu-central-1: dial tcp 192.0.2.1:443: i/o timeout",
    'state: must be readable at s3://state, got "dial tcp 192.0.2.1:443: i/o timeout"; look whether it can be reached from here',
  ],
  [
    "s3://state",
    `${read}https response error StatusCode: 403, api error AccessDenied: not authorized to perform: kms:Decrypt`,
    'state: must be readable at s3://state, got "api error AccessDenied: not authorized to perform: kms:Decrypt"; give credentials that may read and write it, by AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ],
  [
    "postgres://u:p@ss@db/x?sslmode=disable",
    "error: unable to open bucket postgres://u:p@ss@db/x: dial of u@db failed",
    'state: must be readable at postgres://db/x, got "unable to open bucket postgres://db/x: dial of u@db failed"; look whether PULUMI_BACKEND_URL names the right place',
  ],
];

/** What isn't the backend's, however much of it reads like a bucket, a region or credentials. */
const ofOthers = [
  "error: incorrect passphrase",
  "error: could not parse Pulumi.dev.yaml: yaml: line 3",
  'error: could not load Pulumi.dev.yaml: yaml: line 5: mapping key "region" already defined at line 4',
  'error: yaml: line 5: mapping key "region" already defined at line 4',
  "error: could not parse berth:backup.bucket: unexpected end",
  "error: getting secrets manager: secrets (code=PermissionDenied): operation error KMS: Decrypt, https response error StatusCode: 403, AccessDeniedException",
  "error: secrets (code=Unknown): keyvault: dial tcp: no such host",
  "error: missing google credentials: unable to find gcp credentials",
];

describe("a state that can't be asked", () => {
  for (const [backend, complaint, problem] of complaints) {
    it(`is named with its place and the fix: ${problem.replace(/^.*; /, "")}`, () => {
      expect(stateProblem(backend, complaint)).toBe(problem);
    });
  }

  for (const complaint of ofOthers) {
    it(`isn't what the engine says of something else: ${complaint}`, () => {
      expect(stateProblem("s3://state", complaint)).toBeUndefined();
    });
  }

  it("isn't a stack that isn't there, or a folder", () => {
    expect(stateProblem("s3://state", "error: no stack named 'dev' found")).toBeUndefined();
    expect(
      stateProblem("file:///data/state", `${read}open .pulumi/meta.yaml: permission denied`),
    ).toBeUndefined();
  });

  it("is said for every reason, of a folder too", () => {
    for (const [backend, complaint, problem] of complaints)
      expect(unreadable(backend, complaint)).toBe(problem);
    expect(unreadable("https://state.example", "error: [503] Service Unavailable")).toBe(
      'state: must be readable at https://state.example, got "[503] Service Unavailable"',
    );
    expect(unreadable("file:///data/state?metadata=skip", "error: failed to load checkpoint: EOF")).toBe(
      'state: must be readable at file:///data/state, got "failed to load checkpoint: EOF"',
    );
    expect(unreadable("s3://state", "")).toBe(
      'state: must be readable at s3://state, got "an end without a word"',
    );
  });
});

it("no stack is what the engine calls so, and nothing that reads like it", () => {
  expect(saysNoStack("error: no stack named 'dev' found\n")).toBe(true);
  for (const other of ["", "error: stack 'dev' not found", "error: [404] Not Found"])
    expect(saysNoStack(other)).toBe(false);
});

it("a backend's place shows nobody's password", () => {
  for (const backend of ["postgres://u:p@db/x?a=b", "postgres://u:p@ss@db/x", "postgres://u:p@s@s@db/x#y"])
    expect(placeOf(backend)).toBe("postgres://db/x");
  expect(placeOf("s3://state/team?region=eu")).toBe("s3://state/team");
});
