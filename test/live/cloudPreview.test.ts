import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { execa } from "execa";
import { test } from "vitest";
import { Ec2Host } from "../../components/hosts/ec2/ec2.ts";
import { GceHost } from "../../components/hosts/gce/gce.ts";
import { ec2Settings, gceSettings } from "../program/cloudSettings.ts";
import { freePort } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";
import { openStack } from "./sshRig.ts";
import { skipWhen } from "../tools/skip.ts";
import { withoutPlugin } from "./vendorPlugin.ts";

/** Milliseconds after which a preview is given up: a plugin waits without end for an API that never answers. */
const bound = 300_000;

const base = { system: "attn", domain: "", protectData: true };

async function withoutMoto(): Promise<string | undefined> {
  const { failed } = await execa("sh", ["-c", "command -v moto_server"], { reject: false });
  return failed ? "moto_server isn't installed: pip install 'moto[server]'" : undefined;
}

test("the genuine gcp plugin previews a machine", skipWhen(await withoutPlugin("gcp")), async () => {
  // Nothing is looked up for a machine without a domain, so no token is ever shown to Google.
  process.env.GOOGLE_OAUTH_ACCESS_TOKEN = "none";
  await using opened = await openStack("cloudpreview-gcp", async () => {
    await Promise.resolve(new GceHost("gce", { ...base, ...gceSettings() }));
  });
  const { changeSummary } = await opened.stack.preview({ signal: AbortSignal.timeout(bound) });
  assert.ok((changeSummary.create ?? 0) > 15, JSON.stringify(changeSummary));
});

const noAws = (await withoutPlugin("aws")) ?? (await withoutMoto());

test("the genuine aws plugin previews a machine against a mock of AWS", skipWhen(noAws), async () => {
  const port = await freePort();
  const moto = spawn("moto_server", ["--port", String(port)], { stdio: "ignore" });
  try {
    const endpoint = `http://127.0.0.1:${port}`;
    await until("moto", 120, () => fetch(endpoint).then(() => true));
    const names = ["ec2", "iam", "sts", "dlm", "logs"] as const;
    const endpoints = [Object.fromEntries(names.map((name) => [name, endpoint]))];
    const keys = { accessKey: "none", secretKey: "none", skipCredentialsValidation: true };
    const aws = { ...keys, endpoints, skipRequestingAccountId: true };
    await using opened = await openStack("cloudpreview-aws", async () => {
      await Promise.resolve(new Ec2Host("ec2", { ...base, ...ec2Settings(), aws }));
    });
    const { changeSummary } = await opened.stack.preview({ signal: AbortSignal.timeout(bound) });
    assert.ok((changeSummary.create ?? 0) > 15, JSON.stringify(changeSummary));
  } finally {
    moto.kill();
  }
});
