import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allConfig } from "@pulumi/pulumi/runtime/index.js";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { openHome, readPassphrase, type Home } from "../../cli/home.ts";
import { openOutput } from "../../cli/output.ts";
import { asStack, root, withArguments, writeProject, type StackFile } from "../../cli/project.ts";
import { Refusal } from "../../cli/refusal.ts";
import { revealed } from "../../cli/stackFile/revealed.ts";
import { binary } from "../../toolchain/cli.ts";
import { ensureTools, type Tools } from "../../toolchain/index.ts";
import { byHand, set } from "./oddValues.ts";
import { startAws, withoutAws } from "../tools/moto.ts";
import { skipWhen } from "../tools/skip.ts";
import { silent } from "./sshRig.ts";

/** As `pulumi config --json` says it. */
type Answer = Record<string, { value: string; objectValue?: unknown; secret: boolean }>;

describe("a stack file is read by berth as by plain pulumi", () => {
  const before = { ...process.env };
  let folder: string;
  let home: Home;
  let tools: Tools;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "berth-stack-file-"));
    process.env.XDG_DATA_HOME = folder;
    process.env.PULUMI_CONFIG_PASSPHRASE = "a passphrase";
    process.env.PULUMI_SKIP_UPDATE_CHECK = "true";
    home = await openHome();
    process.env.PULUMI_BACKEND_URL = `file://${home.state}`;
    tools = await ensureTools(silent);
    await mkdir(join(folder, "checkout"));
    await copyFile(join(root, "Pulumi.yaml"), join(folder, "checkout/Pulumi.yaml"));
  });
  afterAll(async () => {
    process.env = before;
    await rm(folder, { recursive: true });
  });

  const file = (name: string) => join(folder, `checkout/Pulumi.${name}.yaml`);
  const pulumi = async (name: string, ...args: string[]) => {
    const options = { cwd: join(folder, "checkout"), stdin: "ignore" } as const;
    return (await execa(binary(tools), [...args, "--stack", name, "--non-interactive"], options)).stdout;
  };
  const answerOf = async (name: string) =>
    JSON.parse(await pulumi(name, "config", "--json", "--show-secrets")) as Answer;
  const meantBy = async (stack: StackFile) => {
    const session = { output: openOutput({ json: true }), home, stack };
    return (await revealed(session)).stack;
  };

  it("written by hand, in a hundred odd ways", async () => {
    const lines = byHand.flatMap((value, index) => [`  berth:v${index}: ${value}`]);
    const inMap = byHand.map((value, index) => `    v${index}: ${deeper(value)}`);
    const text = ["config:", ...lines, "  berth:map:", ...inMap, ""].join("\n");
    await writeFile(file("hand"), text);
    await pulumi("hand", "stack", "init");
    const engine = await answerOf("hand");
    const { config } = await meantBy(asStack({ name: "hand" }, text));
    assert.deepEqual(config, valuesOf(engine));

    // What isn't odd is read here, without asking the engine, and has to come out the same.
    const { map } = engine as { map?: { objectValue?: Record<string, unknown> } } & Answer;
    const objects = (engine["berth:map"]?.objectValue ?? map?.objectValue ?? {}) as Record<string, unknown>;
    const plain = byHand.filter((value, index) => {
      const one = asStack(
        { name: "one" },
        `config:\n  berth:v: ${value}\n  berth:map:\n    v: ${deeper(value)}\n`,
      );
      if (one.odd) return false;
      const { "berth:v": top, "berth:map": inner } = one.config;
      const { value: wanted } = engine[`berth:v${index}`] ?? {};
      assert.equal(typeof top === "string" ? top : JSON.stringify(top), wanted, value);
      assert.deepEqual(inner, { v: objects[`v${index}`] }, value);
      return true;
    });
    assert.ok(plain.length > 30 && byHand.length - plain.length > 40, plain.join("\n"));

    const changed = await withArguments(asStack({ name: "hand" }, text), ["map.added=1", "v0=2023-06-01"]);
    const after = (await meantBy(changed)).config;
    assert.equal(after["berth:v0"], "2023-06-01");
    assert.deepEqual(JSON.parse(String(after["berth:map"])), { ...objects, added: 1 });
    assert.deepEqual(
      { ...after, "berth:v0": undefined, "berth:map": undefined },
      { ...config, "berth:v0": undefined, "berth:map": undefined },
    );
  });

  it("written by pulumi config set, with and without --path, in clear and secret", async () => {
    await writeFile(file("set"), "");
    await pulumi("set", "stack", "init");
    const pairs = (key: string) =>
      set.flatMap((value, index) => ["--plaintext", `berth:${key}${index}=${value}`]);
    await pulumi("set", "config", "set-all", ...pairs("top"));
    await pulumi("set", "config", "set-all", "--path", ...pairs("map.v"));
    const secrets = set.flatMap((value, index) => ["--secret", `berth:sealed.v${index}=${value}`]);
    await pulumi("set", "config", "set-all", "--path", ...secrets);
    const text = await readFile(file("set"), "utf8");
    const stack = asStack({ name: "set" }, text);
    assert.equal(stack.sealed.length, set.length);
    const engine = await answerOf("set");
    const meant = await meantBy(stack);
    assert.deepEqual(meant.config, valuesOf(engine));
    assert.deepEqual(meant.secretKeys, ["sealed"]);
    assert.deepEqual(
      set.map((_, index) => meant.config[`berth:top${index}`]),
      set,
    );
    assert.deepEqual(await gotByProgram(stack), valuesOf(engine));
    assert.equal(await readFile(file("set"), "utf8"), text, "it is never rewritten");
  });

  /** What a program is handed that the engine runs on the file as berth gives it. */
  async function gotByProgram(stack: StackFile): Promise<Record<string, unknown>> {
    const workDir = join(folder, "work");
    await mkdir(workDir);
    await writeProject(workDir, stack);
    let got = {};
    const program = () => {
      got = { ...allConfig() };
      return Promise.resolve();
    };
    const pulumiCommand = await PulumiCommand.get({ root: tools.pulumiRoot });
    const opened = await LocalWorkspace.selectStack(
      { stackName: stack.name, projectName: "berth", program },
      { workDir, pulumiCommand },
    );
    await opened.preview();
    return got;
  }

  it("of a stack that has no state here, and is refused for another passphrase", async () => {
    await writeFile(file("elsewhere"), "");
    await pulumi("elsewhere", "stack", "init");
    await pulumi("elsewhere", "config", "set", "--secret", "berth:registry.password", "hunter2", "--path");
    const stack = asStack({ name: "elsewhere" }, await readFile(file("elsewhere"), "utf8"));
    await pulumi("elsewhere", "stack", "rm", "--yes", "--preserve-config");
    assert.equal((await meantBy(stack)).config["berth:registry"], '{"password":"hunter2"}');

    process.env.PULUMI_CONFIG_PASSPHRASE = "another";
    await assert.rejects(meantBy(stack), (error) => {
      assert.ok(error instanceof Refusal);
      assert.deepEqual(error.problems, [
        'passphrase: must be the one that stack "elsewhere" was made with, got another from PULUMI_CONFIG_PASSPHRASE; put the old one back, or set PULUMI_CONFIG_PASSPHRASE',
      ]);
      return true;
    });
    process.env.PULUMI_CONFIG_PASSPHRASE = "a passphrase";
  });

  it("of the first stack of somebody, who has no passphrase yet", async () => {
    const { PULUMI_CONFIG_PASSPHRASE: passphrase } = process.env;
    delete process.env.PULUMI_CONFIG_PASSPHRASE;
    try {
      assert.equal(await readPassphrase(home), undefined);
      const stack = asStack({ name: "first" }, "config:\n  berth:v: |-\n    one\n    two\n");
      assert.equal(stack.odd, true, "else the engine isn't asked");
      assert.equal((await meantBy(stack)).config["berth:v"], "one\ntwo");
    } finally {
      process.env.PULUMI_CONFIG_PASSPHRASE = passphrase;
    }
  });

  it("encrypted with a vendor's key, with its state and without", skipWhen(withoutAws), async (t) => {
    const aws = await startAws();
    t.onTestFinished(() => {
      aws.close();
    });
    Object.assign(process.env, aws.environment);
    const made = await fetch(aws.url, {
      method: "POST",
      body: "{}",
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "TrentService.CreateKey",
        Authorization: "AWS4-HMAC-SHA256 Credential=team/20260101/us-east-1/kms/aws4_request",
      },
    });
    const { KeyMetadata: key } = (await made.json()) as { KeyMetadata: { KeyId: string } };
    await writeFile(file("keys"), "");
    await pulumi("keys", "stack", "init", "--secrets-provider", `awskms://${key.KeyId}?region=us-east-1`);
    await pulumi("keys", "config", "set", "--secret", "--path", "berth:registry.password", "hunter2");
    const stack = asStack({ name: "keys" }, await readFile(file("keys"), "utf8"));
    assert.match(String(stack.rest.secretsprovider), /^awskms:/);
    assert.equal((await meantBy(stack)).config["berth:registry"], '{"password":"hunter2"}');
    await pulumi("keys", "stack", "rm", "--yes", "--preserve-config");
    assert.equal((await meantBy(stack)).config["berth:registry"], '{"password":"hunter2"}');
  });

  it("or refused with the engine's words", async () => {
    const stack = asStack({ name: "broken" }, "config:\n  berth:limit: .inf\n");
    await assert.rejects(
      meantBy(stack),
      /Pulumi\.broken\.yaml: must be a stack file that the engine can read, got "/,
    );
  });
});

/** A value of several lines, further in. */
function deeper(value: string): string {
  return value.replaceAll("\n", "\n  ");
}

function valuesOf(engine: Answer): Record<string, string> {
  return Object.fromEntries(Object.entries(engine).map(([key, { value }]) => [key, value]));
}
