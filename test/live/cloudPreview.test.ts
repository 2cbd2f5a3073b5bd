import assert from "node:assert/strict";
import { test } from "vitest";
import { Ec2Host } from "../../components/hosts/ec2/ec2.ts";
import { GceHost } from "../../components/hosts/gce/gce.ts";
import { ec2Settings, gceSettings } from "../program/cloudSettings.ts";
import { startAmazonCloud } from "../tools/amazonCloud/server.ts";
import { withoutAws } from "../tools/moto.ts";
import { openStack } from "./sshRig.ts";
import { skipWhen } from "../tools/skip.ts";
import { withoutPlugin } from "./vendorPlugin.ts";

/** Milliseconds after which a preview is given up: a plugin waits without end for an API that never answers. */
const bound = 300_000;

const base = { system: "attn", domain: "", protectData: true };

test("the genuine gcp plugin previews a machine", skipWhen(await withoutPlugin("gcp")), async () => {
  // Nothing is looked up for a machine without a domain, so no token is ever shown to Google.
  process.env.GOOGLE_OAUTH_ACCESS_TOKEN = "none";
  await using opened = await openStack("cloudpreview-gcp", async () => {
    await Promise.resolve(new GceHost("gce", { ...base, ...gceSettings() }));
  });
  const { changeSummary } = await opened.stack.preview({ signal: AbortSignal.timeout(bound) });
  assert.ok((changeSummary.create ?? 0) > 15, JSON.stringify(changeSummary));
});

const noAws = (await withoutPlugin("aws")) ?? withoutAws;

test("the genuine aws plugin previews a machine against a mock of AWS", skipWhen(noAws), async () => {
  const amazon = await startAmazonCloud();
  try {
    const names = ["ec2", "iam", "sts", "dlm", "logs"] as const;
    const endpoints = [Object.fromEntries(names.map((name) => [name, amazon.url]))];
    const keys = { accessKey: "none", secretKey: "none", skipCredentialsValidation: true };
    const aws = { ...keys, endpoints, skipRequestingAccountId: true };
    await using opened = await openStack("cloudpreview-aws", async () => {
      await Promise.resolve(new Ec2Host("ec2", { ...base, ...ec2Settings(), aws }));
    });
    const { changeSummary } = await opened.stack.preview({ signal: AbortSignal.timeout(bound) });
    assert.ok((changeSummary.create ?? 0) > 15, JSON.stringify(changeSummary));
  } finally {
    amazon.close();
  }
});
