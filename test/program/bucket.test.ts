import assert from "node:assert/strict";
import { test } from "vitest";
import { parseSettings, SettingsError } from "../../settings.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph } from "./harness.ts";
import { localStack } from "./localStack.ts";

const containerType = "docker:index/container:Container";
const media = "https://KEY:top%2Fsecret@s3.example.org/documents?region=eu-west-1";

const environment = {
  app: { AWS_STORAGE_BUCKET_NAME: "${media.bucket}", AWS_SECRET_ACCESS_KEY: "${media.secretKey}" },
};

function variables(graph: Graph, container: string): Record<string, string> {
  const envs = graph.the(containerType, container).inputs.envs as string[];
  return Object.fromEntries(
    envs.map((each) => [each.split("=")[0] ?? "", each.slice(each.indexOf("=") + 1)] as const),
  );
}

function volumes(graph: Graph): string[] {
  return graph.ofType("docker:index/volume:Volume").map(({ name }) => name);
}

/** What the proxy does at a path: the lines of its location. */
function location(graph: Graph, path: string): string {
  const uploads = graph
    .ofType(containerType)
    .flatMap(({ inputs }) => (inputs.uploads ?? []) as { file: string; content?: string }[]);
  const conf = uploads.find(({ content }) => content?.includes(`location ^~ ${path} {`))?.content ?? "";
  return conf.split(`location ^~ ${path} {`)[1]?.split("\n    }")[0] ?? "";
}

test("docsai keeps media in a volume of this machine, which the proxy serves", async () => {
  const graph = await localStack({ system: "docsai" });
  assert.equal(volumes(graph).includes("media"), true);
  assert.match(location(graph, "/media/"), /alias \/var\/www\/media\/;/);
  assert.equal(variables(graph, "app-1").S3_ENDPOINT, undefined);
});

test("a bucket takes the place of the volume, by one setting, and the application answers its paths", async () => {
  const graph = await localStack({ system: "docsai", external: { media }, environment });
  assert.deepEqual(
    volumes(graph).filter((name) => name.includes("media")),
    ["media-incoming"],
  );
  const { S3_ENDPOINT, S3_BUCKET, S3_REGION, ...rest } = variables(graph, "app-1");
  assert.deepEqual([S3_ENDPOINT, S3_BUCKET, S3_REGION], ["https://s3.example.org", "documents", "eu-west-1"]);
  assert.equal(rest.AWS_STORAGE_BUCKET_NAME, "documents");
  assert.equal(rest.AWS_SECRET_ACCESS_KEY_FILE, "/etc/berth/aws_secret_access_key");
  assert.match(location(graph, "/media/"), /proxy_pass http:\/\/app;/);
  const { inputs, secrets } = graph.the(containerType, "app-files");
  const uploads = inputs.uploads as { file: string; content: string }[];
  const index = uploads.findIndex(({ file }) => file.endsWith("/s3_secret_key"));
  assert.equal(uploads[index]?.content, "top/secret");
  assert.ok(secrets.some((path) => path === "uploads" || path.startsWith(`uploads.${index}`)));
});

for (const [kind, type] of [
  ["gce", "gcp:storage/bucket:Bucket"],
  ["ec2", "aws:s3/bucket:Bucket"],
] as const)
  test(`${kind}: managed media are in a bucket of the vendor's, with a key of their own`, async () => {
    const graph = await stackOn(kind, "docsai", { external: { media: "managed" } });
    assert.equal(graph.ofType(type).filter(({ name }) => name.startsWith("media")).length, 1);
    assert.equal(volumes(graph).includes("media"), false);
    assert.notEqual(variables(graph, "app-1").S3_BUCKET, undefined);
    assert.equal(variables(graph, "app-1").S3_SECRET_KEY_FILE, "/etc/berth/s3_secret_key");
    assert.match(location(graph, "/media/"), /proxy_pass http:\/\/app;/);
    assert.deepEqual(graph.orphans(), []);
  });

test("a volume that can't go to a bucket, a wrong URL, and names of a bucket that isn't there are refused", () => {
  const problems = (config: Record<string, unknown>): readonly string[] => {
    try {
      parseSettings({ system: "docsai", ...config });
      return [];
    } catch (error) {
      assert.ok(error instanceof SettingsError);
      return error.problems;
    }
  };
  assert.deepEqual(problems({ external: { static: media } }), [
    "external.static: unknown key; known: postgres, media",
  ]);
  assert.deepEqual(problems({ external: { media: "s3://KEY:secret@bucket" } }), [
    'external.media: must be "https://key:secret@host/bucket", with "?region=…" where it isn\'t us-east-1; it begins with "https://", got something else',
  ]);
  assert.match(problems({ environment })[0] ?? "", /^environment\.app\.AWS_STORAGE_BUCKET_NAME: /);
});
