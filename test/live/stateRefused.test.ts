import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { silent } from "../../cli/session.ts";
import { ensureTools } from "../../toolchain/index.ts";

/** A service of buckets that refuses everybody. */
async function refusing(): Promise<string> {
  const text = "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>";
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(403, { "content-type": "application/xml" }).end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(() => ensureTools(silent));

it("no verb takes a bucket that refuses for a stack that isn't there", async () => {
  const home = await mkdtemp(join(tmpdir(), "berth-state-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const env = {
    ...process.env,
    ...{ XDG_DATA_HOME: home, NO_COLOR: "1", PULUMI_CONFIG_PASSPHRASE: "any" },
    ...{ AWS_ACCESS_KEY_ID: "any", AWS_SECRET_ACCESS_KEY: "any", AWS_REGION: "eu-central-1" },
    PULUMI_BACKEND_URL: `s3://state?endpoint=${await refusing()}&disableSSL=true&s3ForcePathStyle=true`,
  };
  const stack = ["--stack", "nowhere", "--config", "system=loc8"];
  const problem =
    'state: must be readable at s3://state, got "api error AccessDenied: not you"; give credentials that may read and write it, by AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  // One that only looks goes on to the machine, and can't call it well.
  const warning = `warning: ${problem}; going on without it, on the machine that settings name`;
  for (const verb of [["status"], ["drift"], ["preview"], ["verify"], ["destroy", "--yes"]]) {
    const run = promisify(execFile)("node", ["cli/berth.mjs", ...verb, ...stack], { env, timeout: 120_000 });
    const { code, stderr } = await run.then(
      ({ stderr }) => ({ code: 0, stderr }),
      (error: unknown) => error as { code: number; stderr: string },
    );
    expect([verb[0], code, stderr.split("\n").filter((line) => line.includes("must"))]).toEqual([
      verb[0],
      1,
      [verb[0] === "status" ? warning : problem],
    ]);
  }
});
