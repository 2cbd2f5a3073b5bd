import assert from "node:assert/strict";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { docker, exec } from "../tools/docker.ts";
import { json } from "../tools/http.ts";
import { build, removeReleases } from "../tools/release.ts";
import { filesBelow, leaks } from "../tools/secrets.ts";
import { LiveStack } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";

/** What the application answers. */
interface Notes {
  /** In the database. */
  stored: string[];
  /** In the file. */
  written: string[];
  parts: string;
}

/** The packages are PyPI's; of the image that has them already nothing else is taken. */
const dockerfile = `FROM python:3.11-slim
COPY --from=berth/reference-app:1 /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1
WORKDIR /app
COPY notes.py /app/
CMD ["uvicorn", "notes:app", "--host", "0.0.0.0", "--port", "8000"]
`;

const environment = {
  DATABASE_URL:
    "postgresql+psycopg://${postgres.user}:${postgres.password}@${postgres.host}:${postgres.port}/${postgres.database}",
  DB_HOST: "${postgres.host}",
  DB_PORT: "${postgres.port}",
  DB_PASSWORD: "${postgres.password}",
};

/** As a vendor's may be: of several lines, with signs that shells and templates take for something. */
const paymentKey = "-----BEGIN KEY-----\nsk_${postgres.password}$1 'x'\n-----END KEY-----\n";

describe("a stranger's API in loc8, with names and a volume of its own", () => {
  let stack: LiveStack;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "loc8" });
    const image = await build("notes", dockerfile, [join(import.meta.dirname, "strangers/notes.py")]);
    await stack.set({
      images: { backend: image },
      override: { backend: { user: "1000:1000", health: "/health" } },
      environment: { backend: environment },
      volumes: { backend: { data: "/app/data" } },
      secrets: { backend: { PAYMENT_KEY: paymentKey }, SESSION_KEY: "generate" },
      secretsInEnvironment: true,
      optional: { redis: false },
    });
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  const add = async (note: string): Promise<void> => {
    const { status } = await fetch(`${stack.url}/api/notes?note=${note}`, { method: "POST" });
    assert.equal(status, 201);
  };
  const found = () => until("its notes", 60, () => json<Notes>(`${stack.url}/api/notes`));

  it("comes up, is handed its database under its own names, and writes both", async () => {
    await stack.up();
    await add("first");
    assert.deepEqual(await found(), { stored: ["first"], written: ["first"], parts: "postgres:5432 True" });
    assert.equal((await stack.containers("backend")).length, 1);
  });

  it("is handed secrets of its owner's, word for word, and one that was made for it", async () => {
    const [container] = await stack.containers("backend");
    const read = async (file: string) =>
      (await exec(container?.id ?? "", ["cat", `/etc/berth/${file}`])).output;
    assert.equal(await read("payment_key"), paymentKey);
    const made = await read("session_key");
    assert.match(made, /^[A-Za-z0-9]{64}$/);
    const seen = await exec(container?.id ?? "", [
      "printenv",
      "PAYMENT_KEY",
      "PAYMENT_KEY_FILE",
      "SESSION_KEY",
    ]);
    assert.equal(seen.output, `${paymentKey}\n/etc/berth/payment_key\n${made}\n`);
  });

  it("changes nothing the second time", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
  });

  it("shows its password in no preview and no state, and says that the container does", async () => {
    const secrets = await stack.secrets();
    assert.ok(Object.keys(secrets).includes("postgres-password"));
    await stack.set({ environment: { backend: { ...environment, RELEASE_NOTE: "second" } } });
    const { output } = await stack.must("preview");
    assert.match(output, /backend-1/);
    assert.match(output, /secretsInEnvironment: secrets of backend, frontend are in the environment too/);
    assert.deepEqual(leaks(output, secrets), []);
    for (const text of Object.values(await filesBelow(stack.folder)))
      assert.deepEqual(leaks(text, secrets), []);
    const [container] = await stack.containers("backend");
    const { Config } = await docker.getContainer(container?.id ?? "").inspect();
    assert.ok(Config.Env.some((variable) => variable.includes(secrets["postgres-password"] ?? "?")));
  });

  it("keeps what it wrote through a release, in which one container at a time writes", async () => {
    const others = async () => [
      ...(await stack.containers("nginx")),
      ...(await stack.containers("frontend")),
    ];
    const before = await others();
    await stack.up();
    assert.deepEqual(await others(), before);
    await add("second");
    const { stored, written } = await found();
    assert.deepEqual({ stored, written }, { stored: ["first", "second"], written: ["first", "second"] });
    assert.equal((await stack.containers("backend")).length, 1);
  });

  it("keeps it when all else is destroyed, and finds it again", async () => {
    await stack.must("destroy", { excludeProtected: true });
    const { containers } = await stack.dockerObjects();
    assert.deepEqual(containers, []);
    await stack.up();
    const { stored, written } = await found();
    assert.deepEqual({ stored, written }, { stored: ["first", "second"], written: ["first", "second"] });
  });
});
