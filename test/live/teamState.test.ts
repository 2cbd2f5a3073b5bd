import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, it, onTestFinished } from "vitest";
import { Berth, isUpping, killEngine } from "../tools/berth.ts";
import { json, type Ready } from "../tools/http.ts";
import { startAws, withoutAws, type Aws } from "../tools/moto.ts";
import { skipWhen } from "../tools/skip.ts";
import { until } from "../tools/wait.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Ada and Ben share a bucket and a file with the passphrase, and nothing else. */
describe("loc8 with its state in S3", skipWhen(withoutAws), () => {
  let berth: Berth;
  let folder: string;
  let aws: Aws;
  const as = (person: "ada" | "ben") => {
    berth.environment.XDG_DATA_HOME = join(folder, person);
  };
  const settings = () => berth.settings("monitoring=false");

  const up = (release: string) =>
    berth.start("up", ...settings(), "--config", `environment.backend={"RELEASE":"${release}"}`);
  const isBackend = ({ Labels }: { Labels: Record<string, string> }) =>
    Labels["berth.service"] === "backend" && Labels["berth.role"] === "service";
  /** Names of the engine's locks in the bucket. */
  const locks = async () => {
    const listed = await fetch(`${aws.url}/state?list-type=2&prefix=.pulumi/locks/`);
    return [...(await listed.text()).matchAll(/<Key>([^<]+\.json)<\/Key>/g)].map(([, key = ""]) => key);
  };
  /** An `up` that is killed, all of it, while it has the lock; and what its machine is called. */
  const killedUp = async (release: string) => {
    const run = up(release);
    await run.whileGoing("the engine has the lock", async () => {
      const isBegun = await isUpping(run.pid);
      return isBegun && (await locks()).length > 0;
    });
    await killEngine(run.pid, true);
    assert.notEqual((await run.ended).code, 0);
    assert.equal((await locks()).length, 1, run.output());
    return berth.host ?? hostname();
  };

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

  it("is left locked by a run that was killed: another machine's is told who had it and what frees it, which does", async () => {
    as("ada");
    const machine = await killedUp("first");
    as("ben");
    berth.host = "bens-laptop";
    const refused = await up("second").ended;
    assert.notEqual(refused.code, 0, refused.output);
    const problem = new RegExp(
      `^stack "${berth.stack}": must be free, held by pid \\d+ of \\S+ on ${machine}, since \\S+Z; wait for it to end, or, if it was killed, run (.+)$`,
      "m",
    );
    assert.match(refused.output, problem);
    const [, command] = problem.exec(refused.output) ?? [];
    assert.equal(command, `berth unlock --stack ${berth.stack}`);
    const question = await berth.start("unlock").ended;
    assert.notEqual(question.code, 0);
    assert.match(
      question.output,
      /^--yes: must be given where nobody can be asked; berth unlock frees stack /m,
    );
    assert.equal((await locks()).length, 1);
    const freed = await berth.start("unlock", "--yes").ended;
    assert.equal(freed.code, 0, freed.output);
    assert.deepEqual(await locks(), []);
  });

  it("is left by every verb that changes much without the engine, or before it, while another machine has it", async () => {
    berth.host = undefined;
    as("ada");
    const machine = await killedUp("third");
    as("ben");
    berth.host = "bens-laptop";
    const problem = new RegExp(
      `^stack "${berth.stack}": must be free, held by pid \\d+ of \\S+ on ${machine}, since \\S+Z; wait for it to end, or, if it was killed, run berth unlock --stack ${berth.stack}$`,
      "m",
    );
    const file = join(root, `Pulumi.${berth.stack}.yaml`);
    const text = "config:\n  berth:system: loc8\n";
    await writeFile(file, text);
    onTestFinished(() => rm(file));
    const before = await berth.dockerObjects();
    for (const [verb, ...words] of [
      ["destroy", "--data", "--orphans", "--yes"],
      ["restart", "backend"],
      ["restore", "--yes", "--config", `backup.to=${join(folder, "backups")}`],
      ["rollback", "--yes"],
      ["rotate", "redis-password", "--yes"],
      ["upgrade", "postgres", "--back", "--yes"],
      ["upgrade", "postgres", "--finish", "--yes"],
    ] as const) {
      const { code, output } = await berth.start(verb, ...settings(), ...words).ended;
      assert.equal(code, 1, `${verb}: ${output}`);
      assert.match(output, problem, verb);
      assert.equal((await locks()).length, 1, verb);
      const { containers, networks, volumes } = await berth.dockerObjects();
      const ids = [containers, before.containers].map((all) =>
        all.map(({ Id, State }) => `${Id} ${State}`).sort(),
      );
      assert.deepEqual(ids[0], ids[1], verb);
      assert.deepEqual(
        [networks.length, volumes.length],
        [before.networks.length, before.volumes.length],
        verb,
      );
      assert.equal(await readFile(file, "utf8"), text, verb);
    }
    const freed = await berth.start("unlock", "--yes").ended;
    assert.equal(freed.code, 0, freed.output);
  });

  it("goes on by itself where the run was killed, and has nothing left of either", async () => {
    assert.equal(await killedUp("second"), "bens-laptop");
    const { code, output } = await up("second").ended;
    assert.equal(code, 0, output);
    assert.match(output, /^removed the lock of pid \d+ of \S+ on bens-laptop, since \S+Z, which has ended$/m);
    assert.deepEqual(await locks(), []);
    const ready = await until("ready", 120, () => json<Ready>(`${berth.url}/api/ready`));
    assert.equal(ready.status, "ready");
    assert.equal((await berth.dockerObjects()).containers.filter(isBackend).length, 2);
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
