import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { root } from "../../cli/project.ts";
import { binary } from "../../toolchain/cli.ts";
import { ensureTools } from "../../toolchain/index.ts";
import { Berth } from "../tools/berth.ts";
import { docker } from "../tools/docker.ts";
import { json, type Ready } from "../tools/http.ts";
import { until } from "../tools/wait.ts";
import { silent } from "./sshRig.ts";

const secret = "sk-live-0123456789";

describe("loc8 of a stack file that pulumi config set wrote", () => {
  let berth: Berth;
  let file: string;
  let written: string;
  let words: string;
  beforeAll(async () => {
    berth = await Berth.open("loc8");
    file = join(root, `Pulumi.${berth.stack}.yaml`);
    await writeFile(file, "");
    words = (await berth.start("env").ended).output;
    const { output } = await berth.start("env", "--json").ended;
    const { variables } = JSON.parse(output) as { variables: Record<string, string> };
    const program = binary(await ensureTools(silent));
    const pulumi = (...args: string[]) =>
      execa(program, [...args, "--stack", berth.stack, "--non-interactive"], {
        cwd: root,
        env: { ...variables, PULUMI_SKIP_UPDATE_CHECK: "true" },
        stdin: "ignore",
      });
    await pulumi("stack", "init");
    const { port } = new URL(berth.url);
    const plain = { system: "loc8", "host.kind": "local", "host.port": port, network: berth.stack };
    const odd = { "environment.backend.RETRIES": "3", "environment.backend.VERSION": "2023-06-01" };
    const pairs = Object.entries({ ...plain, ...odd }).map(([key, value]) => `berth:${key}=${value}`);
    await pulumi("config", "set-all", "--path", ...pairs.flatMap((pair) => ["--plaintext", pair]));
    await pulumi("config", "set", "--path", "--secret", "berth:environment.backend.API_KEY", secret);
    written = await readFile(file, "utf8");
  });
  afterAll(async () => {
    await rm(file, { force: true });
    await berth.close();
  });

  it("was made by plain pulumi, as env says and with the passphrase that it made", () => {
    assert.match(words, /^export PULUMI_BACKEND_URL=/);
    const first = `# first: stack ${berth.stack} isn't there yet, and pulumi stack init ${berth.stack} makes it`;
    assert.ok(words.split("\n").includes(first), words);
  });

  it("comes up with every value as it was set", async () => {
    assert.match(written, /API_KEY:\s+secure: v1:/);
    const { code, output } = await berth.start("up").ended;
    assert.equal(code, 0, output);
    const ready = await until("ready", 120, () => json<Ready>(`${berth.url}/api/ready`));
    assert.equal(ready.status, "ready");
    const { containers } = await berth.dockerObjects();
    const backend = containers.find(({ Labels }) => Labels["berth.service"] === "backend");
    const { Config } = await docker.getContainer(backend?.Id ?? "").inspect();
    for (const variable of [`API_KEY=${secret}`, "RETRIES=3", "VERSION=2023-06-01"]) {
      assert.ok(Config.Env.includes(variable), `${variable} in ${Config.Env.join(" ")}`);
    }
  });

  it("shows the secret to nobody else", async () => {
    const { output } = await berth.start("preview", "--diff", "-c", "environment.backend.RETRIES=4").ended;
    assert.match(output, /backend/);
    const states = await Promise.all((await berth.stateFiles(".json")).map((one) => readFile(one, "utf8")));
    assert.ok(states.length > 0, "there is a state");
    for (const text of [output, ...states]) assert.ok(!text.includes(secret));
  });

  it("has nothing to do then, and the file stays as it was written", async () => {
    const { code, output } = await berth.start("up", "--json").ended;
    assert.equal(code, 0, output);
    assert.match(output, /"engineLeftOut":true/);
    assert.equal(await readFile(file, "utf8"), written);
  });
});
