import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { test } from "vitest";
import { runProgram, type Graph } from "./harness.ts";
import { checkSettings } from "../../cli/preflight/settings.ts";
import berth from "../../index.ts";
import { SettingsError } from "../../lib/problems.ts";
import { parseSettings } from "../../settings.ts";
import { buildStack } from "../../stack/stack.ts";
import { withStored } from "../../stack/storedSecrets.ts";
import { Unreadable } from "../../stack/stores/unreadable.ts";
import { laptop, localStack } from "./localStack.ts";

const root = join(import.meta.dirname, "../..");
const containerType = "docker:index/container:Container";
const passwordType = "random:index/randomPassword:RandomPassword";

function envs(graph: Graph, container: string): string[] {
  return graph.the(containerType, container).inputs.envs as string[];
}

/** A service's files by name, and whether the engine keeps them as secrets. */
function files(graph: Graph, carrier: string): Record<string, [content: string, secret: boolean]> {
  const { inputs, secrets } = graph.the(containerType, carrier);
  const uploads = inputs.uploads as { file: string; content: string }[];
  return Object.fromEntries(
    uploads.map(({ file, content }, index): [string, [string, boolean]] => {
      const paths = ["uploads", `uploads.${index}`, `uploads.${index}.content`];
      return [file.split("/").at(-1) ?? "", [content, secrets.some((path) => paths.includes(path))]];
    }),
  );
}

const key = "sk_live_${postgres.password}$1";

test("an owner's secret is a secret file of its service and no other, word for word, and a variable nowhere", async () => {
  const graph = await localStack({ system: "loc8", secrets: { backend: { PAYMENT_KEY: key } } });
  assert.deepEqual(files(graph, "backend-files").payment_key, [key, true]);
  assert.ok(envs(graph, "backend-1").includes("PAYMENT_KEY_FILE=/etc/berth/payment_key"));
  assert.equal(
    envs(graph, "backend-1").some((each) => each.startsWith("PAYMENT_KEY=")),
    false,
  );
  assert.doesNotMatch(JSON.stringify(envs(graph, "frontend-1")), /PAYMENT_KEY/);
});

test("it is a variable too where a service reads no files, and preview says so", async () => {
  const override = { frontend: { secretsInEnvironment: true } };
  const graph = await localStack({ system: "loc8", override, secrets: { PAYMENT_KEY: key } });
  assert.ok(envs(graph, "frontend-1").includes(`PAYMENT_KEY=${key}`));
  assert.ok(graph.the(containerType, "frontend-1").secrets.some((path) => path.startsWith("envs")));
  assert.equal(
    envs(graph, "backend-1").some((each) => each.startsWith("PAYMENT_KEY=")),
    false,
  );
});

test("a generated one is made once for all that share it, and one of a service for itself alone", async () => {
  const secrets = { SESSION_KEY: "generate", backend: { OWN_KEY: "generate" } };
  const graph = await localStack({ system: "loc8", secrets });
  const made = graph.ofType(passwordType).map(({ name, inputs }) => [name, inputs.length]);
  assert.deepEqual(made.filter(([name]) => /session|own/.test(String(name))).sort(), [
    ["all-session-key", 64],
    ["backend-own-key", 64],
  ]);
  const [backend, frontend] = [files(graph, "backend-files"), files(graph, "frontend-files")];
  assert.deepEqual(backend.session_key, frontend.session_key);
  assert.equal(backend.own_key?.[1], true);
  assert.equal(frontend.own_key, undefined);
});

test("one of the system's own variables takes the place of what the system generates, in jobs too", async () => {
  const graph = await localStack({ system: "docsai", secrets: { app: { SECRET_KEY: "brought along" } } });
  assert.deepEqual(files(graph, "app-files").secret_key, ["brought along", true]);
  assert.deepEqual(files(graph, "app-migration-files").secret_key, ["brought along", true]);
});

const kept = {
  system: "docsai",
  secrets: {
    app: { SECRET_KEY: { store: "aws", name: "prod/django" } },
    MAIL: { store: "google", name: "mail" },
  },
};

test("one that a store keeps is a secret file as the others are, in jobs too", async () => {
  const settings = await withStored(parseSettings(kept), ({ name }) => Promise.resolve(`${key} ${name}`));
  const graph = await runProgram(() => buildStack(settings, laptop()), { stack: "dev" });
  assert.deepEqual(files(graph, "app-files").secret_key, [`${key} prod/django`, true]);
  assert.deepEqual(files(graph, "app-migration-files").secret_key, [`${key} prod/django`, true]);
  assert.deepEqual(files(graph, "app-files").mail, [`${key} mail`, true]);
  assert.doesNotMatch(JSON.stringify(graph.resources.map(({ inputs }) => inputs)), /Secrets Manager|"store"/);
});

test("validate asks no store; the program says in a line a setting what it can't read, before it makes anything", async () => {
  const config = Object.fromEntries(Object.entries(kept).map(([name, value]) => [`berth:${name}`, value]));
  assert.deepEqual((await checkSettings({ config, secretKeys: [] })).problems, []);
  const refused = () => Promise.reject(new Unreadable("no permission", "give it"));
  await assert.rejects(withStored(parseSettings(kept), refused), (error: SettingsError) => {
    assert.deepEqual(error.problems, [
      "secrets.MAIL: must be readable in Google Secret Manager (mail), got no permission; give it",
      "secrets.app.SECRET_KEY: must be readable in AWS Secrets Manager (prod/django), got no permission; give it",
    ]);
    return true;
  });
  const before = process.env;
  process.env = { ...before, AWS_REGION: "", AWS_PROFILE: "", AWS_CONFIG_FILE: "/nowhere" };
  delete process.env.AWS_REGION;
  try {
    const aws = { ...config, "berth:secrets": { app: kept.secrets.app } };
    await assert.rejects(
      runProgram(berth, { config: aws, preview: true }),
      /^SettingsError: secrets\.app\.SECRET_KEY: must be readable in AWS Secrets Manager \(prod\/django\), got no region; set region beside name, or AWS_REGION$/,
    );
  } finally {
    process.env = before;
  }
});

test("a store that never answers ends a run in the time that it is given", async () => {
  const never = () => new Promise<string>(() => undefined);
  const one = { system: "loc8", secrets: { KEY: kept.secrets.MAIL } };
  await assert.rejects(
    withStored(parseSettings(one), never, 0.2),
    /secrets\.KEY: must be readable in Google Secret Manager \(mail\), got no answer within 0\.2 s; see that/,
  );
});

const property = (whole: string) => {
  const secret = { store: "aws", name: "one", property: "it" };
  const settings = parseSettings({ system: "docsai", secrets: { app: { SECRET_KEY: secret } } });
  return withStored(settings, () => Promise.resolve(`{"it": ${whole}}`)).then(
    ({ services }) => services.app?.secrets?.SECRET_KEY,
    (error: unknown) => String(error).replace(/^.*, got /, ""),
  );
};

for (const whole of ["25", "0", "-7", "9007199254740991"])
  test(`a property that is ${whole} is that as text`, async () => {
    assert.deepEqual(await property(whole), { value: whole });
  });

for (const whole of [
  "1e400",
  "0.1234567890123456789",
  "1.10",
  "-0",
  "9007199254740993",
  "12345678901234567890",
])
  test(`a property that is ${whole}, which would be another text, is refused`, async () => {
    assert.equal(
      await property(whole),
      'a property "it" that is a number; store it there as text, in quotes',
    );
  });

test("plain Pulumi's run ends soon after, though what looked for credentials is still under way", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-plain-"));
  try {
    const runner = join(folder, "node_modules/@pulumi/pulumi/cmd/run");
    await mkdir(runner, { recursive: true });
    const [stored, settings] = ["stack/storedSecrets.ts", "settings.ts"].map((path) =>
      JSON.stringify(pathToFileURL(join(root, path)).href),
    );
    await writeFile(
      join(runner, "index.mjs"),
      `import { createServer } from "node:net";
const { withStored } = await import(${stored});
const { parseSettings } = await import(${settings});
createServer().listen(0);
const secrets = { app: { SECRET_KEY: { store: "aws", name: "one" } } };
await withStored(parseSettings({ system: "docsai", secrets }), () => new Promise(() => {}), 0.2)
  .catch((error) => console.log(error.message));
`,
    );
    const words = ["--import", import.meta.resolve("tsx"), join(runner, "index.mjs")];
    const { exitCode, stdout, timedOut } = await execa(process.execPath, words, {
      cwd: root,
      reject: false,
      timeout: 120_000,
    });
    assert.deepEqual([exitCode, timedOut], [1, false]);
    assert.match(stdout, /got no answer within 0\.2 s/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
