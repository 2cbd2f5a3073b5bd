import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { least } from "./anyStack.ts";
import { fileVerdict, fitVerdict, programVerdict, stackProgram } from "./fuzz/verdicts.ts";

const small = { cpus: 1, memory: 256, gpus: 0 };

/** What is wrong with a config of attn's, as the command line says it and as plain Pulumi does, and what that made. */
async function verdicts(config: Record<string, unknown>) {
  const generated = { config: { system: "attn", ...config }, secretKeys: [] };
  assert.deepEqual(await fileVerdict(generated), []);
  const { verdict, graph } = await programVerdict(generated, stackProgram);
  return {
    file: await fitVerdict(generated),
    program: verdict,
    made: graph.resources.filter(({ type }) => type !== "pulumi:pulumi:Stack"),
  };
}

const refused =
  /^limits: must leave each service its least memory, \d+ MiB in all, got a machine with \d+ MiB for containers$/;

describe("a machine that is too small for its system", () => {
  const machines = {
    "an EC2 type": { host: { ...least.ec2({}), instanceType: "t3.nano" } },
    "an EC2 capacity": { host: { ...least.ec2({}), capacity: small } },
    // The smallest has room for what isn't monitored.
    "a GCE type": { host: { ...least.gce({}), machineType: "e2-micro" }, monitoring: true },
    "a server": { host: { ...least.existing({}), capacity: small } },
  };
  for (const [name, config] of Object.entries(machines))
    it(`${name}: is refused alike by validate and by plain Pulumi, before anything is made`, async () => {
      const { file, program, made } = await verdicts(config);
      assert.deepEqual(file, program);
      assert.deepEqual(made, []);
      assert.equal(file.length, 1);
      assert.match(file[0] ?? "", refused);
    });

  it("is named where it is beside the stack's own", async () => {
    const { file, program, made } = await verdicts({
      host: least.ec2({}),
      hosts: { second: { capacity: small } },
      placement: { attn_backend_api: "second", "api-gateway": "second", "face-recognition": "second" },
    });
    assert.deepEqual(file, program);
    assert.deepEqual(made, []);
    assert.match(file.join("\n"), /^limits: must leave .*, got machine second with \d+ MiB for containers$/);
  });
});
