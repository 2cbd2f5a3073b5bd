import assert from "node:assert/strict";
import { test } from "vitest";
import type { Graph } from "./harness.ts";
import { localStack } from "./localStack.ts";

const containerType = "docker:index/container:Container";

interface Upload {
  file: string;
  content: string;
}

/** What a container's environment holds of a variable, and whether the engine keeps it as a secret. */
function variable(graph: Graph, container: string, name: string): { value?: string; secret: boolean } {
  const { inputs, secrets } = graph.the(containerType, container);
  const envs = inputs.envs as string[];
  const index = envs.findIndex((each) => each.startsWith(`${name}=`));
  const secret = secrets.some((path) => path === "envs" || path === `envs.${index}`);
  return { ...(index >= 0 && { value: envs[index]?.slice(name.length + 1) }), secret };
}

/** A file that a service finds in its folder. */
function file(graph: Graph, carrier: string, name: string): { content?: string; secret: boolean } {
  const { inputs, secrets } = graph.the(containerType, carrier);
  const uploads = inputs.uploads as Upload[];
  const index = uploads.findIndex((upload) => upload.file.endsWith(`/${name}`));
  const hidden = ["uploads", `uploads.${index}`, `uploads.${index}.content`];
  return { content: uploads[index]?.content, secret: secrets.some((path) => hidden.includes(path)) };
}

const environment = {
  backend: {
    DATABASE_URL:
      "postgresql+asyncpg://${postgres.user}:${postgres.password}@${postgres.host}:${postgres.port}/${postgres.database}",
    DB_HOST: "${postgres.host}",
    CORS_ORIGINS: "${redis.password}",
    SELF: "${backend.url}/x of ${domain}",
  },
};

test("a template with a password is a secret file, and one without is a plain variable", async () => {
  const graph = await localStack({ system: "loc8", domain: "app.example.org", environment });
  assert.deepEqual(variable(graph, "backend-1", "DB_HOST"), { value: "postgres", secret: false });
  assert.equal(variable(graph, "backend-1", "SELF").value, "http://backend:8000/x of app.example.org");
  assert.equal(variable(graph, "backend-1", "DATABASE_URL_FILE").value, "/etc/berth/database_url");
  assert.equal(variable(graph, "backend-1", "DATABASE_URL").value, undefined);
  const { content = "", secret } = file(graph, "backend-files", "database_url");
  assert.match(content, /^postgresql\+asyncpg:\/\/loc8:[^:@/]+@postgres:5432\/loc8$/);
  assert.equal(secret, true);
});

test("a secret takes the place of a variable of the system's", async () => {
  const graph = await localStack({ system: "loc8", environment });
  assert.equal(variable(graph, "backend-1", "CORS_ORIGINS").value, undefined);
  assert.equal(variable(graph, "backend-1", "CORS_ORIGINS_FILE").value, "/etc/berth/cors_origins");
});

test("secretsInEnvironment of a whole system hands templates over as variables too, still as secrets", async () => {
  const graph = await localStack({ system: "loc8", secretsInEnvironment: true, environment });
  const { value = "", secret } = variable(graph, "backend-1", "DATABASE_URL");
  assert.match(value, /^postgresql\+asyncpg:\/\/loc8:[^:@/]+@postgres:5432\/loc8$/);
  assert.equal(secret, true);
  assert.match(variable(graph, "backend-1", "REDIS_URL").value ?? "", /^redis:\/\/:[^@]+@redis:6379\/0$/);
});

test("override of one service goes before secretsInEnvironment of the whole system", async () => {
  const override = { backend: { secretsInEnvironment: false } };
  const graph = await localStack({ system: "loc8", secretsInEnvironment: true, override, environment });
  assert.equal(variable(graph, "backend-1", "DATABASE_URL").value, undefined);
});

test("a template is a secret throughout where the whole setting is one", async () => {
  const { composed } = await import("../../stack/composed.ts");
  const pulumi = await import("@pulumi/pulumi");
  const made = composed(
    { templates: { A: "${redis.host} hunter2" }, secretEnvironment: true },
    { "redis.host": "redis" },
    { plain: ["redis.host"], secret: [] },
  );
  assert.equal(await pulumi.isSecret(made.environment.A as never), true);
});

const outside = "postgresql://ow%40ner:p%40ss%2Fw%25rd@[fd00::1]:6432/l%3Foc8";

test("an external database hands over the same parts, each as it is wanted", async () => {
  const graph = await localStack({
    system: "arv",
    external: { postgres: outside },
    environment: {
      app: {
        PLAIN: "${postgres.user} ${postgres.password} ${postgres.host} ${postgres.port} ${postgres.database}",
        URL: "x://${postgres.user}:${postgres.password}@${postgres.host}:${postgres.port}/${postgres.database}",
        WHOLE: "${postgres.url}",
      },
    },
  });
  assert.equal(file(graph, "app-files", "plain").content, "ow@ner p@ss/w%rd fd00::1 6432 l?oc8");
  assert.equal(file(graph, "app-files", "url").content, outside.replace("postgresql:", "x:"));
  assert.equal(file(graph, "app-files", "whole").content, outside);
});

test("an object store hands over its place in the two ways that clients want, and its keys", async () => {
  const graph = await localStack({
    system: "arv",
    environment: {
      app: {
        MINIO_ENDPOINT: "${minio.endpoint}",
        MINIO_URL: "${minio.url}",
        MINIO_BUCKET: "${minio.bucket} ${minio.region} ${minio.host} ${minio.port}",
        MINIO_KEYS: "${minio.accessKey}:${minio.secretKey}",
      },
    },
  });
  assert.equal(variable(graph, "app-1", "MINIO_ENDPOINT").value, "minio:9000");
  assert.equal(variable(graph, "app-1", "MINIO_URL").value, "http://minio:9000");
  assert.equal(variable(graph, "app-1", "MINIO_BUCKET").value, "vertex-ar us-east-1 minio 9000");
  assert.match(file(graph, "app-files", "minio_keys").content ?? "", /^berth-arv:[^:]+$/);
});

const stores = {
  attn: { attn_postgres: "postgresql://u:p@db/d", attn_redis: "redis://:p@cache/1" },
  loc8: { postgres: "postgresql://u:p@db/d", redis: "rediss://u:p@cache/1" },
  arv: {
    postgres: "postgresql://u:p@db/d",
    redis: "redis://:p@cache/1",
    minio: "https://k:s@s3.example.org/bucket",
  },
  docsai: { postgres: "postgresql://u:p@db/d" },
  vru: { postgres: "postgresql://u:p@db/d", redis: "redis://:p@cache/1" },
};

test.each(Object.entries(stores))("%s runs with every store somebody else's", async (system, external) => {
  const graph = await localStack({ system, external, monitoring: true });
  const urls = graph.ofType(containerType).flatMap(({ inputs }) => {
    const uploads = (inputs.uploads as Upload[] | undefined) ?? [];
    return uploads
      .filter(({ file: path }) => /\/(?:database|redis)_url$/.test(path))
      .map(({ content }) => content);
  });
  const handed = Object.values(external).filter((url) => !url.startsWith("https:"));
  assert.deepEqual([...new Set(urls)].sort(), handed.sort());
  const labels = graph
    .ofType(containerType)
    .flatMap(({ inputs }) => inputs.labels as { label: string; value: string }[]);
  const services = labels.filter(({ label }) => label === "berth.service").map(({ value }) => value);
  assert.deepEqual(
    services.filter((name) => name in external),
    [],
  );
});

test("the folder of an external database's socket is mounted where it is used, to be read alone", async () => {
  const external = { postgres: "postgresql:///loc8?host=/run/postgresql&user=loc8" };
  const graph = await localStack({ system: "loc8", external });
  const mounts = graph.the(containerType, "backend-1").inputs.mounts as Record<string, unknown>[];
  const socket = mounts.find(({ target }) => target === "/run/postgresql");
  assert.deepEqual(
    { type: socket?.type, source: socket?.source, readOnly: socket?.readOnly },
    { type: "bind", source: "/run/postgresql", readOnly: true },
  );
  // There is no password, and the provider refuses a file of nothing.
  const graphOfParts = await localStack({
    system: "docsai",
    external: { postgres: "postgresql:///docs?host=/run/postgresql&user=docs" },
  });
  const uploads = graphOfParts.the(containerType, "app-files").inputs.uploads as {
    file: string;
    content: string;
  }[];
  assert.equal(uploads.find(({ file }) => file.endsWith("/database_password"))?.content, "\n");
  assert.deepEqual(
    uploads.filter(({ content }) => content === ""),
    [],
  );
});
