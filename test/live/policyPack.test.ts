import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LocalWorkspace, PulumiCommand, type PulumiFn } from "@pulumi/pulumi/automation/index.js";
import * as docker from "@pulumi/docker";
import * as random from "@pulumi/random";
import { afterAll, beforeAll, test } from "vitest";
import { ensureTools } from "../../toolchain/index.ts";
import type { Progress } from "../../toolchain/progress.ts";

const pack = fileURLToPath(new URL("../../policy", import.meta.url));
const nothing = (): void => undefined;
const silent: Progress = { step: () => ({ note: nothing, done: nothing, skip: nothing, fail: nothing }) };

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-policy-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What `pulumi preview --policy-pack` says of a program. Throws when a mandatory policy is violated. */
async function previewed(name: string, program: PulumiFn): Promise<string> {
  const { pulumiRoot: root } = await ensureTools(silent);
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: name, projectName: "policy", program },
    {
      pulumiCommand: await PulumiCommand.get({ root, skipVersionCheck: true }),
      envVars: {
        PULUMI_BACKEND_URL: `file://${folder}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // Where a CLI has no Node.js language host, the engine asks for this by name.
        PATH: `${join(pack, "bin")}:${process.env.PATH ?? ""}`,
      },
    },
  );
  const { stdout } = await stack.preview({ policyPacks: [pack], color: "never" });
  return stdout;
}

test("the pack runs in pulumi preview and stops a stack that breaks it", async () => {
  const careless = async () => {
    new docker.Container("careless", { image: "redis:7", ports: [{ internal: 6379, external: 6379 }] });
    await Promise.resolve();
  };
  await assert.rejects(previewed("careless", careless), (error: Error) => {
    for (const rule of [
      "public-ingress",
      "image-digest",
      "health-check",
      "limits",
      "non-root",
      "grace-period",
    ]) {
      assert.match(error.message, new RegExp(`\\[mandatory\\] +${rule} .*careless`), rule);
    }
    return true;
  });
});

test("the pack lets a stack through that keeps it", async () => {
  const careful = async () => {
    new random.RandomPassword("password", { length: 40 });
    await Promise.resolve();
  };
  assert.match(await previewed("careful", careful), /berth@v?0\.1\.0/);
});
