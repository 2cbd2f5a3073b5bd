import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { startBucket, type OutsideBucket } from "../tools/bucket.ts";
import { exec } from "../tools/docker.ts";
import { json, reached, status, type Ready } from "../tools/http.ts";
import { removeReleases } from "../tools/release.ts";
import { LiveStack } from "../tools/stack.ts";
import { stranger } from "../tools/stranger.ts";
import { until } from "../tools/wait.ts";

interface Documents {
  documents: { title: string; url: string }[];
}

describe("docsai with its media in a bucket of somebody's", () => {
  let bucket: OutsideBucket;
  let stack: LiveStack;
  beforeAll(async () => {
    bucket = await startBucket("documents");
    stack = await LiveStack.open({ system: "docsai", config: { external: { media: bucket.url } } });
  });
  afterAll(async () => {
    await (stack as LiveStack | undefined)?.close();
    await (bucket as OutsideBucket | undefined)?.[Symbol.asyncDispose]();
  });

  /** What the one document's address gives. */
  async function found(): Promise<string> {
    const { documents } = await json<Documents>(`${stack.url}/api/documents`);
    const [document] = documents;
    assert.equal(document?.title, "Report");
    return (await fetch(document.url)).text();
  }

  it("comes up and reaches it", async () => {
    await stack.up();
    const ready = await until("ready", 60, () => json<Ready>(`${stack.url}/api/ready`));
    assert.deepEqual(reached(ready), { postgres: "postgres ok", media: "s3 ok" });
  });

  it("keeps an upload there and nowhere else, closed to who has no signed address", async () => {
    const form = new FormData();
    form.set("title", "Report");
    form.set("file", new File(["all is well"], "report.txt"));
    assert.equal(await status(`${stack.url}/api/documents`, { method: "POST", body: form }), 201);
    assert.equal(await found(), "all is well");
    const [name = "", ...others] = await bucket.names();
    assert.deepEqual([/^documents\/.*\/report\.txt$/.test(name), others], [true, []]);
    assert.equal(await status(`${bucket.url.replace(/\/\/.*@/, "//")}/${name}`), 403);
    for (const { id } of await stack.containers("app"))
      assert.equal(
        (await exec(id, ["find", "/var/www/media", "-type", "f", "!", "-name", ".berth"])).output,
        "",
      );
    const { volumes } = await stack.dockerObjects();
    assert.deepEqual(
      volumes.flatMap(({ Name }) => (Name.includes("media") ? [Name.replace(stack.name, "")] : [])),
      ["-media-incoming"],
    );
  });

  it("has it after a release", async () => {
    await stack.set({ environment: { app: { NOTE: "another release" } } });
    assert.ok(((await stack.up()).changes.replace ?? 0) > 0);
    assert.equal(await found(), "all is well");
  });

  it("changes nothing the second time", async () => {
    const { changes, output } = await stack.up();
    assert.deepEqual(Object.keys(changes), ["same"], output);
  });
});

/** django-storages, as its documentation has it, in the stranger's own settings. */
const stored = `
STORAGES = {
    "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"location": "media"}},
    "staticfiles": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"location": "static"}},
}
AWS_S3_ENDPOINT_URL = os.environ["AWS_S3_ENDPOINT_URL"]
AWS_STORAGE_BUCKET_NAME = os.environ["AWS_STORAGE_BUCKET_NAME"]
AWS_S3_REGION_NAME = os.environ["AWS_S3_REGION_NAME"]
AWS_ACCESS_KEY_ID = os.environ["AWS_ACCESS_KEY_ID"]
AWS_SECRET_ACCESS_KEY = os.environ["AWS_SECRET_ACCESS_KEY"]
AWS_S3_ADDRESSING_STYLE = "path"
`;

function withStorages(dockerfile: string): string {
  const lines = [
    "RUN pip install --quiet --no-cache-dir --only-binary :all: django-storages==1.14.6 boto3==1.44.8",
    "RUN groupadd",
  ];
  const settings = Buffer.from(stored).toString("base64");
  return dockerfile
    .replace("RUN groupadd", lines.join("\n"))
    .replace("RUN chmod", `RUN echo ${settings} | base64 -d >>notes/settings.py\nRUN chmod`);
}

describe("a stranger's Django with django-storages, in place of DocsAI's", () => {
  let bucket: OutsideBucket;
  let stack: LiveStack;
  beforeAll(async () => {
    bucket = await startBucket("files");
    const image = await stranger("django", "stored", withStorages);
    stack = await LiveStack.open({
      system: "docsai",
      config: {
        images: { app: image },
        replicas: { app: 1 },
        override: { app: { writable: ["/site/logs"] } },
        external: { media: bucket.url },
        jobs: {
          app: {
            migrate: ["python", "manage.py", "migrate", "--noinput"],
            static: "python manage.py collectstatic --noinput",
          },
        },
        // As docs/systems/docsai.md has it.
        environment: {
          app: {
            AWS_S3_ENDPOINT_URL: "${media.url}",
            AWS_STORAGE_BUCKET_NAME: "${media.bucket}",
            AWS_S3_REGION_NAME: "${media.region}",
            AWS_ACCESS_KEY_ID: "${media.accessKey}",
            AWS_SECRET_ACCESS_KEY: "${media.secretKey}",
          },
        },
      },
    });
  });
  afterAll(async () => {
    await (stack as LiveStack | undefined)?.close();
    await (bucket as OutsideBucket | undefined)?.[Symbol.asyncDispose]();
    await removeReleases();
  });

  it("has its static files there too, by the same setting, and its pages find them", async () => {
    await stack.up();
    assert.ok((await bucket.names()).includes("static/admin/css/base.css"));
    const page = await (await fetch(`${stack.url}/admin/login/`)).text();
    const style =
      /href="([^"]*static\/admin\/css\/base\.css[^"]*)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "";
    assert.match(style, /[?&]X-Amz-Signature=|[?&]Signature=/, page.slice(0, 500));
    assert.match(await (await fetch(style)).text(), /Django/i);
    assert.equal(await status(style.split("?")[0] ?? ""), 403);
  });
});
