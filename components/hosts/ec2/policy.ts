/** IAM documents as JSON (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html). */
const version = "2012-10-17";

/** Lets an AWS service act as a role. Their names end with `amazonaws.com` in every partition (aws/aws-cdk region-info, Default). */
export function trust(service: string): string {
  const statement = { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" };
  return JSON.stringify({ Version: version, Statement: [statement] });
}

/** Allows actions on named resources, never on all. */
export function allow(actions: readonly string[], resources: readonly string[]): string {
  return JSON.stringify({
    Version: version,
    Statement: [{ Effect: "Allow", Action: actions, Resource: resources }],
  });
}

/** Refuses everything to a bucket that comes over plain HTTP. */
export function onlyEncrypted(bucket: string): string {
  const statement = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucket, `${bucket}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  return JSON.stringify({ Version: version, Statement: [statement] });
}
