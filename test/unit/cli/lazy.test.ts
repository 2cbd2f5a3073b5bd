import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** Runs a script in a process of its own, as the command line does, and gives back what it printed. */
async function run(script: string): Promise<unknown> {
  const head = `
    import { createRequire } from "node:module";
    import { loadLate } from "${root}/cli/lazy.mjs";
    const require = createRequire("${root}/package.json");
    const loaded = () => Object.keys(require.cache).filter((file) => /node_modules.(typescript|@npmcli.arborist).lib/.test(file)).length;
  `;
  const args = ["--input-type=module", "-e", head + script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout);
}

it("the SDK loads neither a compiler nor npm's tree until somebody asks for a closure", async () => {
  const script = `
    loadLate();
    require("@pulumi/pulumi");
    require("@pulumi/pulumi/automation/index.js");
    console.log(loaded());`;
  expect(await run(script)).toBe(0);
});

it("without that it loads them, so that there is something to spare", async () => {
  const script = `require("@pulumi/pulumi/automation/index.js"); console.log(loaded());`;
  expect(await run(script)).toBeGreaterThan(0);
});

it("a closure is sent as without it, by the genuine modules", async () => {
  const script = (early: string) => `
    ${early}
    const pulumi = require("@pulumi/pulumi");
    const { text } = await pulumi.runtime.serializeFunction(() => 42);
    console.log(JSON.stringify([text, loaded() > 0]));`;
  expect(await run(script("loadLate();"))).toEqual(await run(script("")));
});

it("the SDK hands on the same names as without it", async () => {
  const script = (early: string) => `
    ${early}
    const pulumi = require("@pulumi/pulumi");
    console.log(JSON.stringify([Object.keys(pulumi), Object.keys(pulumi.runtime)]));`;
  expect(await run(script("loadLate();"))).toEqual(await run(script("")));
});

const docker = `
  const Docker = require("dockerode");
  const has = (name) => Object.keys(require.cache).some((file) => file.includes(\`node_modules/\${name}/\`));`;

it("dockerode loads neither a client of ssh nor a loader of protocols until somebody needs them", async () => {
  const script = (early: string) =>
    `${early} ${docker} console.log(JSON.stringify([has("ssh2"), has("@grpc/proto-loader")]));`;
  expect(await run(script("loadLate();"))).toEqual([false, false]);
  expect(await run(script(""))).toEqual([true, true]);
});

it("an engine that is named by ssh:// is asked as without it, and a session of BuildKit opened", async () => {
  const script = (early: string) => `
    ${early} ${docker}
    const words = [];
    const note = (done) => (error) => { words.push(String(error?.message ?? error)); done(); };
    const ssh = new Docker({ protocol: "ssh", host: "127.0.0.1", port: 1, username: "nobody" });
    await new Promise((done) => ssh.ping(note(done)));
    const away = new Docker({ socketPath: "/nowhere/docker.sock" });
    await new Promise((done) => away.buildImage("/dev/null", { version: "2" }, note(done)));
    console.log(JSON.stringify([words, has("ssh2"), has("@grpc/proto-loader")]));`;
  const plain = await run(script(""));
  expect(plain).toEqual([expect.arrayContaining([expect.stringContaining("/nowhere")]), true, true]);
  expect(await run(script("loadLate();"))).toEqual(plain);
});
