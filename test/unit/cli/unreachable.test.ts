import { describe, expect, it } from "vitest";
import { stateProblem } from "../../../cli/state/unreachable.ts";

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
];

describe("a state that can't be asked", () => {
  for (const [backend, complaint, problem] of complaints) {
    it(`is named with its place and the fix: ${problem.replace(/^.*; /, "")}`, () => {
      expect(stateProblem(backend, complaint)).toBe(problem);
    });
  }

  it("isn't what the engine says of something else, or of a folder", () => {
    expect(stateProblem("s3://state", "error: no stack named 'dev' found")).toBeUndefined();
    expect(stateProblem("s3://state", "error: incorrect passphrase")).toBeUndefined();
    expect(
      stateProblem("s3://state", "error: could not parse Pulumi.dev.yaml: yaml: line 3"),
    ).toBeUndefined();
    expect(
      stateProblem("file:///data/state", `${read}open .pulumi/meta.yaml: permission denied`),
    ).toBeUndefined();
  });
});
