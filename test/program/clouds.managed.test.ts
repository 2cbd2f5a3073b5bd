import assert from "node:assert/strict";
import { test } from "vitest";
import { hostKinds, kindsWith } from "../../components/hosts/registry.ts";
import { judge } from "../../policy/rules.ts";
import { parseSettings, SettingsError } from "../../settings.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph, Registered } from "./harness.ts";

const arv = { external: { postgres: "managed", minio: "managed" } };
const google = await stackOn("gce", "arv", arv);
const amazon = await stackOn("ec2", "arv", arv);

const managed = { gce: google, ec2: amazon };

function facts({ resources }: Graph) {
  return resources.map(({ type, name, inputs, options }) => {
    return { type, name, props: inputs, protect: options.protect === true };
  });
}

/** Content of every file that a container gets. */
function files(graph: Graph): { file: string; content: string; secret: boolean }[] {
  return graph.ofType("docker:index/container:Container").flatMap(({ inputs, secrets }: Registered) => {
    const uploads = (inputs.uploads as { file: string; content: string }[] | undefined) ?? [];
    return uploads.map(({ file, content }, index) => {
      return {
        file,
        content,
        secret: secrets.some((path) => path.startsWith(`uploads.${index}`) || path === "uploads"),
      };
    });
  });
}

for (const [kind, graph] of Object.entries(managed)) {
  test(`${kind}: a managed database and bucket take the containers' place`, () => {
    const containers = graph.ofType("docker:index/container:Container").map(({ name }) => name);
    assert.deepEqual(
      containers.filter((name) => /^(?:postgres|minio)(?:-|$)/.test(name)),
      [],
    );
  });

  test(`${kind}: the policy pack finds nothing in managed services`, () => {
    assert.deepEqual(judge(facts(graph)), []);
  });

  test(`${kind}: the application is handed database and keys as secret files`, () => {
    const handed = files(graph).filter(({ file }) => /database_url|s3_secret_key/.test(file));
    assert.ok(handed.length >= 2);
    for (const { file, secret } of handed) assert.ok(secret, file);
    const url = handed.find(({ file }) => file.endsWith("database_url"))?.content ?? "";
    assert.match(url, /^postgresql:\/\/arv:S3cr3t\w+@[\w.-]+:5432\/arv\?sslmode=require$/);
  });

  test(`${kind}: every resource of managed services belongs to a component`, () => {
    assert.deepEqual(graph.orphans(), []);
  });
}

test("gce: Cloud SQL has no public address, wants TLS, is protected and can be had back", () => {
  const server = google.the("gcp:sql/databaseInstance:DatabaseInstance");
  assert.equal(server.options.protect, true);
  assert.equal(server.inputs.deletionProtection, true);
  assert.equal(server.inputs.databaseVersion, "POSTGRES_15");
  assert.deepEqual(server.inputs.settings, {
    tier: "db-custom-1-3840",
    edition: "ENTERPRISE",
    availabilityType: "ZONAL",
    diskSize: 20,
    diskAutoresize: true,
    deletionProtectionEnabled: true,
    ipConfiguration: { ipv4Enabled: false, privateNetwork: "gce-network-id", sslMode: "ENCRYPTED_ONLY" },
    backupConfiguration: {
      enabled: true,
      startTime: "02:00",
      pointInTimeRecoveryEnabled: true,
      backupRetentionSettings: { retainedBackups: 14, retentionUnit: "COUNT" },
    },
  });
  const user = google.the("gcp:sql/user:User");
  assert.deepEqual(user.secrets, ["password"]);
});

test("gce: the bucket is closed to the public, versioned, and its key opens it alone", () => {
  const bucket = google.the("gcp:storage/bucket:Bucket");
  assert.equal(bucket.options.protect, true);
  assert.deepEqual(bucket.inputs, {
    location: "EUROPE-WEST4",
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    versioning: { enabled: true },
    lifecycleRules: [{ action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: 14 } }],
  });
  assert.deepEqual(google.the("gcp:storage/bucketIAMMember:BucketIAMMember").inputs, {
    bucket: "minio-0f1e2d3",
    role: "roles/storage.objectUser",
    member: "serviceAccount:minio@my-project.iam.gserviceaccount.com",
  });
});

test("ec2: RDS is reached by the machine alone, encrypted, protected and can be had back", () => {
  const server = amazon.the("aws:rds/instance:Instance");
  const { inputs } = server;
  assert.equal(server.options.protect, true);
  assert.ok(server.secrets.includes("password"));
  const {
    publiclyAccessible,
    storageEncrypted,
    deletionProtection,
    backupRetentionPeriod,
    skipFinalSnapshot,
  } = inputs;
  assert.deepEqual(
    [publiclyAccessible, storageEncrypted, deletionProtection, backupRetentionPeriod, skipFinalSnapshot],
    [false, true, true, 14, false],
  );
  const rule = amazon.the("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "postgres").inputs;
  assert.deepEqual([rule.fromPort, rule.toPort, rule.referencedSecurityGroupId], [5432, 5432, "ec2-vm-id"]);
  assert.deepEqual(inputs.vpcSecurityGroupIds, ["postgres-id"]);
  const zones = amazon.ofType("aws:ec2/subnet:Subnet").filter(({ name }) => name.startsWith("postgres"));
  assert.deepEqual(
    zones.map((subnet) => subnet.inputs.availabilityZone),
    ["eu-central-1a", "eu-central-1b"],
  );
  const parameters = amazon.the("aws:rds/parameterGroup:ParameterGroup").inputs;
  assert.deepEqual(parameters.parameters, [{ name: "rds.force_ssl", value: "1" }]);
});

test("ec2: the bucket is closed to the public and to plain HTTP, and its key opens it alone", () => {
  assert.equal(amazon.the("aws:s3/bucket:Bucket").options.protect, true);
  const block = amazon.the("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs;
  assert.deepEqual(
    [block.blockPublicAcls, block.blockPublicPolicy, block.ignorePublicAcls, block.restrictPublicBuckets],
    [true, true, true, true],
  );
  const policy = JSON.parse(String(amazon.the("aws:s3/bucketPolicy:BucketPolicy").inputs.policy)) as {
    Statement: [{ Effect: string; Condition: unknown }];
  };
  assert.deepEqual(policy.Statement[0].Condition, { Bool: { "aws:SecureTransport": "false" } });
  const allowed = JSON.parse(String(amazon.the("aws:iam/userPolicy:UserPolicy").inputs.policy)) as {
    Statement: [{ Resource: string[] }];
  };
  assert.deepEqual(allowed.Statement[0].Resource, ["arn:aws:s3:::minio", "arn:aws:s3:::minio/*"]);
});

test("managed is refused where no vendor runs anything", () => {
  assert.throws(
    () => parseSettings({ system: "docsai", external: { postgres: "managed" } }),
    (error: SettingsError) =>
      error.problems.join() ===
      'external.postgres: must be "postgresql://user:password@host:5432/database", ' +
        `or have host.kind ${kindsWith(({ managed }) => managed, hostKinds, "or")} for one that is managed, got "managed"`,
  );
});
