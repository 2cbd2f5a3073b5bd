import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, test } from "vitest";
import { stringify } from "yaml";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { ensureTools } from "../../toolchain/index.ts";
import { onPath, pluginsFolder } from "../../toolchain/env.ts";
import { installedPlugin } from "../../toolchain/plugins.ts";
import { plugin } from "../../toolchain/tools.ts";
import { ec2Least, gceLeast, hostKey } from "../program/cloudSettings.ts";
import { startAmazonCloud, type AmazonCloud } from "../tools/amazonCloud/server.ts";
import { withoutAws } from "../tools/moto.ts";
import { openRegistry, type StandIn } from "../tools/registry.ts";
import { skipWhen } from "../tools/skip.ts";
import { silent } from "./sshRig.ts";

const root = join(import.meta.dirname, "../..");
/** What a checkout doesn't have. */
const foreign = new Set(["node_modules", ".git", "dist", "berth.lock.json"]);

/** Nothing listens there, and nobody may ever be asked: addresses of documents (RFC 5737). */
const server = {
  kind: "existing",
  address: "ops@203.0.113.30",
  hostKey,
  capacity: { cpus: 8, memory: 16384 },
};

const platforms = ["linux/amd64", "linux/arm64"];
/** What an owner's image says of itself, which a plan asks its registry for. */
const asUser = { User: "1000:1000" };

const digestOf = (name: string, images: Record<string, string>) => images[name] ?? "";

/** A checkout of its own, where there is neither Docker nor a home, and no way out but to a registry. */
class Runner {
  private constructor(
    readonly folder: string,
    readonly registry: StandIn,
    readonly environment: Record<string, string>,
  ) {}

  static async open(): Promise<Runner> {
    const { pulumiRoot } = await ensureTools(silent, { plugins: ["docker", "random", "command"] });
    const folder = await mkdtemp(join(tmpdir(), "berth-runner-"));
    const [checkout, home, state] = ["checkout", "home", "state"].map((name) => join(folder, name));
    await Promise.all([home, state, join(folder, "pulumi")].map((path) => mkdir(path ?? "")));
    await cp(root, checkout ?? "", { recursive: true, filter: (path) => !foreign.has(basename(path)) });
    await symlink(join(root, "node_modules"), join(checkout ?? "", "node_modules"));
    await symlink(pluginsFolder(), join(folder, "pulumi", "plugins"));
    const registry = await openRegistry();
    return new Runner(folder, registry, {
      HOME: home ?? "",
      PULUMI_HOME: join(folder, "pulumi"),
      PATH: [join(pulumiRoot, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
      DOCKER_HOST: `unix://${folder}/nothing.sock`,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      GOOGLE_OAUTH_ACCESS_TOKEN: "none",
      HTTPS_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1",
      NO_COLOR: "1",
    });
  }

  async describe(stack: string, settings: Record<string, unknown>): Promise<void> {
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`berth:${key}`, value]),
    );
    await writeFile(join(this.folder, "checkout", `Pulumi.${stack}.yaml`), stringify({ config }));
  }

  run(program: string, ...args: string[]) {
    const cwd = join(this.folder, "checkout");
    const env = { ...this.environment };
    return execa(program, args, { cwd, env, extendEnv: false, reject: false, timeout: 240_000 });
  }

  berth(...args: string[]) {
    return this.run(process.execPath, "cli/berth.mjs", ...args);
  }

  locked(): Promise<string> {
    return readFile(join(this.folder, "checkout", "berth.lock.json"), "utf8");
  }

  async close(): Promise<void> {
    await this.registry.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface Previewed {
  result: string;
  warnings: string[];
  steps: { op: string; name: string; type: string }[];
}

const withoutHost =
  onPath("pulumi-language-nodejs") === undefined
    ? "pulumi-language-nodejs isn't on PATH; Pulumi's own download of the CLI has it"
    : undefined;
const withoutGoogle =
  installedPlugin(plugin("gcp")) === "none"
    ? "the gcp plugin isn't installed, and only its vendor has it"
    : undefined;

const withoutAmazon =
  installedPlugin(plugin("aws")) === "none"
    ? "the aws plugin isn't installed, and only its vendor has it"
    : withoutAws;

describe("on a runner without Docker, a home, or a way to the server", () => {
  let runner: Runner;
  let api: string;
  const digests: Record<string, string> = {};

  beforeAll(async () => {
    runner = await Runner.open();
    api = `${runner.registry.registry}/team/api:1`;
    const stores = ["library/nginx:1.30", "library/postgres:15", "library/redis:7"];
    for (const name of [...stores, `library/${probeImage}`])
      digests[name] = runner.registry.push(name, platforms);
    digests["team/api:1"] = runner.registry.push("team/api:1", platforms, asUser);
    await runner.describe("server", {
      system: "loc8",
      host: server,
      images: { backend: api, frontend: api },
      registry: { mirror: runner.registry.registry },
    });
  }, 300_000);
  afterAll(() => runner.close());

  async function preview(stack: string): Promise<Previewed> {
    const { stdout, stderr, exitCode } = await runner.berth("preview", "--stack", stack, "--json");
    assert.equal(exitCode, 0, `${stderr}\n${stdout}`);
    return JSON.parse(stdout) as Previewed;
  }

  test("a server's stack is planned, and what isn't locked is told", async () => {
    const { steps, warnings } = await preview("server");
    assert.deepEqual([...new Set(steps.map(({ op }) => op))], ["create"]);
    const pulled = steps.filter(({ type }) => type === "RemoteImage").map(({ name }) => name);
    assert.deepEqual(pulled.toSorted(), [api, "nginx:1.30", "postgres:15", "redis:7", probeImage].toSorted());
    assert.deepEqual(warnings, [
      `images: nginx:1.30, ${api}, postgres:15, redis:7, ${probeImage} aren't in berth.lock.json, so the machine takes what they mean by then; berth lock`,
    ]);
  });

  test("tags are locked, checked, and found moved", async () => {
    const names = ["--stack", "server"];
    const missing = await runner.berth("lock", "--check", ...names);
    assert.equal(missing.exitCode, 1, missing.stderr);
    assert.match(
      missing.stdout,
      /^berth\.lock\.json: must be as the registries say, got 5 new; berth lock$/m,
    );

    const written = await runner.berth("lock", ...names);
    assert.equal(written.exitCode, 0, written.stderr);
    assert.deepEqual(JSON.parse(await runner.locked()), {
      version: 1,
      images: {
        [api]: digestOf("team/api:1", digests),
        [probeImage]: digestOf(`library/${probeImage}`, digests),
        "nginx:1.30": digestOf("library/nginx:1.30", digests),
        "postgres:15": digestOf("library/postgres:15", digests),
        "redis:7": digestOf("library/redis:7", digests),
      },
    });
    assert.equal((await runner.berth("lock", "--check", ...names)).exitCode, 0);
    const { steps, warnings } = await preview("server");
    assert.equal(steps.filter(({ type }) => type === "RemoteImage").length, 5);
    assert.deepEqual(warnings, []);

    const now = runner.registry.push("team/api:1", ["linux/amd64"], asUser);
    const moved = await runner.berth("lock", "--check", "--json", ...names);
    assert.equal(moved.exitCode, 1);
    const { result, images } = JSON.parse(moved.stdout) as { result: string; images: object[] };
    assert.equal(result, "differs");
    assert.deepEqual(
      images.filter((one) => "change" in one && one.change !== "same"),
      [{ image: api, change: "moved", was: digestOf("team/api:1", digests), now }],
    );
    assert.ok((await runner.locked()).includes(digestOf("team/api:1", digests)));
  });

  /** Plain Pulumi's plan of a stack has the same resources as ours. */
  async function assertPlainly(stack: string): Promise<void> {
    await runner.run("pulumi", "stack", "init", stack, "--non-interactive");
    const plan = ["preview", "--stack", stack, "--json", "--non-interactive"];
    const { stdout, stderr, exitCode } = await runner.run("pulumi", ...plan);
    assert.equal(exitCode, 0, `${stderr}\n${stdout}`);
    const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
    const names = steps.map(({ urn }) => urn.slice(urn.lastIndexOf("::") + 2)).toSorted();
    const ours = (await preview(stack)).steps.map(({ name }) => name);
    // Pulumi's own list leaves out the providers that nobody made.
    assert.deepEqual(names, ours.filter((name) => !name.startsWith("default_")).toSorted());
  }

  test("the genuine pulumi plans the same", skipWhen(withoutHost), () => assertPlainly("server"));

  test("a machine on Google Compute Engine is planned", skipWhen(withoutGoogle), async () => {
    await runner.describe("google", { system: "loc8", host: gceLeast });
    const { steps } = await preview("google");
    assert.ok(steps.some(({ type, op }) => type === "Instance" && op === "create"));
  });

  test("a GPU, and a database and a bucket of Google's are planned", skipWhen(withoutGoogle), async () => {
    const { zone, project, ssh } = gceLeast;
    await runner.describe("google", {
      system: "arv",
      host: { kind: "gce", zone, project, ssh, gpu: "nvidia-l4" },
      external: { postgres: "managed", minio: "managed" },
    });
    const { steps } = await preview("google");
    const made = new Set(steps.filter(({ op }) => op === "create").map(({ type }) => type));
    for (const type of ["Instance", "DatabaseInstance", "Database", "User", "Bucket", "HmacKey"])
      assert.ok(made.has(type), `${type} of ${[...made].join(", ")}`);
  });

  describe("for Amazon EC2", skipWhen(withoutAmazon), () => {
    let amazon: AmazonCloud | undefined;

    beforeAll(async () => {
      amazon = await startAmazonCloud();
      Object.assign(runner.environment, amazon.environment);
      await runner.describe("amazon", { system: "loc8", host: ec2Least });
    });
    afterAll(() => {
      amazon?.close();
    });

    test("a machine is planned", async () => {
      const { steps } = await preview("amazon");
      assert.ok(steps.some(({ type, op }) => type === "Instance" && op === "create"));
      assert.deepEqual(amazon?.unknown, []);
    });

    test("the genuine pulumi plans the same", skipWhen(withoutHost), () => assertPlainly("amazon"));

    test("a database and a bucket of Amazon's are planned", async () => {
      const external = { postgres: "managed", minio: "managed" };
      await runner.describe("managed", { system: "arv", host: ec2Least, external });
      const { steps } = await preview("managed");
      const made = new Set(steps.filter(({ op }) => op === "create").map(({ type }) => type));
      for (const type of ["Instance", "ParameterGroup", "Bucket", "AccessKey"])
        assert.ok(made.has(type), `${type} of ${[...made].join(", ")}`);
    });
  });

  test("a cloud's plugin that can't be had is named within seconds", async () => {
    await runner.describe("google", { system: "loc8", host: gceLeast });
    const begun = Date.now();
    await rm(join(runner.folder, "pulumi", "plugins"));
    const { exitCode, stderr } = await runner.berth("preview", "--stack", "google");
    await symlink(pluginsFolder(), join(runner.folder, "pulumi", "plugins"));
    assert.equal(exitCode, 1);
    assert.ok(Date.now() - begun < 30_000, stderr);
    assert.match(
      stderr,
      /^gcp plugin: no way to get it worked, 9\.37\.0 isn't among the engine's plugins; download: get\.pulumi\.com can't be reached, connect ECONNREFUSED 127\.0\.0\.1:9; on a machine that reaches get\.pulumi\.com run pulumi plugin install resource gcp 9\.37\.0, /m,
    );
  });

  test("this machine's own stack says in one line that Docker is missing", async () => {
    await runner.describe("here", { system: "loc8" });
    const { exitCode, stderr } = await runner.berth("preview", "--stack", "here");
    assert.equal(exitCode, 1);
    assert.equal(
      stderr,
      `docker: must answer at unix://${runner.folder}/nothing.sock, got "connect ENOENT ${runner.folder}/nothing.sock"; start Docker, or set DOCKER_HOST`,
    );
  });
});
