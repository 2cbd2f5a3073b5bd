import assert from "node:assert/strict";
import { test } from "vitest";
import type { HostKind } from "../../components/hosts/registry.ts";
import { stackOn } from "./anyStack.ts";

const auth = "https://www.googleapis.com/auth";
const artifact = "europe-west4-docker.pkg.dev";
const ecr = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
const password = { username: "robot", password: "x" };

function graphOf(kind: HostKind, image: string, more: Record<string, unknown> = {}) {
  return stackOn(kind, "loc8", { images: { backend: image }, ...more });
}

async function google(image: string, more?: Record<string, unknown>) {
  const graph = await graphOf("gce", image, more);
  const { inputs } = graph.the("gcp:compute/instance:Instance");
  const gate = graph.the("command:local:Command", "gce-gate").inputs.triggers as string[];
  return {
    roles: graph.ofType("gcp:projects/iAMMember:IAMMember").map((member) => member.inputs.role),
    scopes: (inputs.serviceAccount as { scopes: string[] }).scopes.map((scope) =>
      scope.slice(auth.length + 1),
    ),
    gate: gate[0]?.split(" ").slice(1).join(" "),
  };
}

const writer = ["roles/logging.logWriter", "roles/monitoring.metricWriter"];
const writing = ["logging.write", "monitoring.write"];
const nothing = { roles: writer, scopes: writing, gate: "" };

test("gce: a machine that pulls its project's images may read them, and is waited for after the stop that its scope takes", async () => {
  const wanted = {
    roles: [...writer, "roles/artifactregistry.reader"],
    scopes: [...writing, "devstorage.read_only"],
    gate: "with images",
  };
  assert.deepEqual(await google(`${artifact}/my-project/repo/api:1`), wanted);
  assert.deepEqual(await google("eu.gcr.io/my-project/api:1"), wanted);
});

test("gce: of another project's images its owner decides, so the machine gets the scope alone", async () => {
  const wanted = { roles: writer, scopes: [...writing, "devstorage.read_only"], gate: "with images" };
  assert.deepEqual(await google(`${artifact}/other/repo/api:1`), wanted);
  assert.deepEqual(await google(`${artifact}/example.org/my-project/repo/api:1`), wanted);
});

test("gce: without such an image, with a public one, or with a login of settings the machine may read nothing", async () => {
  for (const image of ["ghcr.io/acme/api:1", "gcr.io/distroless/static:1", `${ecr}/api:1`])
    assert.deepEqual(await google(image), nothing, image);
  const registries = { [artifact]: password };
  assert.deepEqual(await google(`${artifact}/my-project/repo/api:1`, { registries }), nothing);
});

async function amazon(image: string, more?: Record<string, unknown>) {
  const graph = await graphOf("ec2", image, more);
  return graph
    .ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    .filter(({ name }) => ["ec2-vm", "ec2-vm-images"].includes(name))
    .map(({ inputs }) => String(inputs.policyArn).split("/").pop());
}

test("ec2: a machine that pulls of ECR may read images, and nothing without", async () => {
  const session = "AmazonSSMManagedInstanceCore";
  const reader = "AmazonEC2ContainerRegistryReadOnly";
  assert.deepEqual(await amazon(`${ecr}/api:1`), [session, reader]);
  for (const image of ["public.ecr.aws/acme/api:1", "ghcr.io/acme/api:1", `${artifact}/p/r/api:1`])
    assert.deepEqual(await amazon(image), [session], image);
  assert.deepEqual(await amazon(`${ecr}/api:1`, { registries: { [ecr]: password } }), [session]);
});

test("of two machines only the one that runs such an image may read it", async () => {
  const graph = await graphOf("ec2", `${ecr}/api:1`, {
    hosts: { second: {} },
    placement: { backend: "second" },
  });
  const readers = graph
    .ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    .filter(({ inputs }) => String(inputs.policyArn).endsWith("RegistryReadOnly"));
  assert.deepEqual(
    readers.map(({ name }) => name),
    ["second-vm-images"],
  );
});
