import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { Berth } from "../tools/berth.ts";
import { json, type Ready } from "../tools/http.ts";
import { startAws, withoutAws, type Aws } from "../tools/moto.ts";
import { skipWhen } from "../tools/skip.ts";
import { until } from "../tools/wait.ts";

/** Ada and Ben share a bucket and a file with the passphrase, and nothing else. */
describe("loc8 with its state in S3", skipWhen(withoutAws), () => {
  let berth: Berth;
  let folder: string;
  let aws: Aws;
  const as = (person: "ada" | "ben") => {
    berth.environment.XDG_DATA_HOME = join(folder, person);
  };
  const settings = () => berth.settings("monitoring=false");

  beforeAll(async () => {
    berth = await Berth.open("loc8");
    folder = await mkdtemp(join(tmpdir(), "berth-team-"));
    aws = await startAws();
    const made = await fetch(`${aws.url}/state`, { method: "PUT" });
    assert.equal(made.status, 200);
    const passphrase = join(folder, "passphrase");
    await writeFile(passphrase, `${randomBytes(16).toString("hex")}\n`);
    berth.environment = {
      ...aws.environment,
      PULUMI_BACKEND_URL: `s3://state?endpoint=${aws.url}&s3ForcePathStyle=true`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    };
  });
  afterAll(async () => {
    await berth.close();
    aws.close();
    await rm(folder, { recursive: true });
  });

  it("comes up for one, and a second run meanwhile is refused and says who is at work", async () => {
    as("ada");
    const first = berth.start("up", ...settings());
    await first.whileGoing(
      "a container is there",
      async () => (await berth.dockerObjects()).containers.length > 0,
    );
    as("ben");
    const second = await berth.start("up", ...settings()).ended;
    assert.notEqual(second.code, 0, second.output);
    assert.match(
      second.output,
      new RegExp(`^stack "${berth.stack}": must be free, held by pid \\d+ of \\S+ on `, "m"),
    );
    const { code, output } = await first.ended;
    assert.equal(code, 0, output);
    const ready = await until("ready", 120, () => json<Ready>(`${berth.url}/api/ready`));
    assert.equal(ready.status, "ready");
  });

  it("is there for the other, with nothing to do", async () => {
    as("ben");
    const { code, output } = await berth.start("up", ...settings(), "--json").ended;
    assert.equal(code, 0, output);
    assert.match(output, /"created":0,"replaced":0,"updated":0,"deleted":0/);
    const status = await berth.start("status", ...settings()).ended;
    assert.match(status.output, /^postgres +1\/1 /m);
  });

  it("is destroyed by the other, and nothing is left", async () => {
    as("ben");
    const { code, output } = await berth.start("destroy", "--data", "--yes", ...settings()).ended;
    assert.equal(code, 0, output);
    assert.deepEqual(await berth.dockerObjects(), { containers: [], networks: [], volumes: [] });
    as("ada");
    const status = await berth.start("status", ...settings()).ended;
    assert.match(status.output, /nothing of stack/);
  });
});
