import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile, cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { everywhere } from "../../components/machine/machine.ts";
import { setupScript } from "../../components/machine/setupScript.ts";
import { filesImage } from "../../services/proxy/definition.ts";
import { ensureTools } from "../../toolchain/index.ts";
import { docker, labelled, removeLabelled } from "../tools/docker.ts";
import { json, reached, type Ready } from "../tools/http.ts";
import { prepareImages } from "../tools/prepare.ts";
import { freePort } from "../tools/stack.ts";
import { until } from "../tools/wait.ts";
import type { InstalledResult, InstalledRun } from "./programs/installed.ts";
import { silent } from "./sshRig.ts";

const root = join(import.meta.dirname, "../..");
const image = "berth/reference-app:1";

describe("examples/components, with the package installed in an empty folder", () => {
  let folder: string;
  let app: string;
  let port: number;
  let pulumiRoot: string;
  let environment: Record<string, string>;
  const stack = `live-${process.pid}-${randomBytes(3).toString("hex")}`;

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "berth-package-")));
    app = join(folder, "app");
    await mkdir(join(folder, "state"));
    ({ pulumiRoot } = await ensureTools(silent));
    await prepareImages([filesImage, "postgres:15", image]);
    const pack = ["pack", "--json", "--pack-destination", folder];
    const { stdout } = await execa("npm", [...pack, "--foreground-scripts=false"], { cwd: root });
    const [packed] = JSON.parse(stdout) as { filename: string }[];
    await install(join(folder, packed?.filename ?? ""));
    port = await freePort();
    environment = {
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  });
  afterAll(async () => {
    await removeLabelled(`berth.stack=${stack}`);
    await rm(folder, { recursive: true, force: true });
  });

  /** The example as somebody copies it, with the package that was packed. */
  async function install(tarball: string): Promise<void> {
    await cp(join(root, "examples/components"), app, { recursive: true });
    const file = join(app, "package.json");
    const manifest = JSON.parse(await readFile(file, "utf8")) as { dependencies: Record<string, string> };
    manifest.dependencies.berth = `file:${tarball}`;
    await writeFile(file, JSON.stringify(manifest));
    await execa("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: app });
    await copyFile(join(import.meta.dirname, "programs/installed.ts"), join(app, "installed.ts"));
  }

  async function run(verb: InstalledRun["verb"]): Promise<InstalledResult> {
    const given: InstalledRun = { verb, stack, pulumiRoot, config: { image, port: String(port) } };
    const args = ["--import", "tsx", "installed.ts", JSON.stringify(given)];
    const { stdout } = await execa("node", args, { cwd: app, env: environment, timeout: 300_000 });
    return JSON.parse(stdout.slice(stdout.lastIndexOf("\n") + 1)) as InstalledResult;
  }

  /** What a program of plain JavaScript prints, run by Node.js alone. */
  async function printed(program: string): Promise<unknown> {
    const { stdout } = await execa("node", ["--input-type=module", "-e", program], { cwd: app });
    return JSON.parse(stdout);
  }

  /** The compiler's errors for a file, checked as strictly as can be, with the package's own types. */
  async function typeErrors(file: string): Promise<string[]> {
    const strict = ["--strict", "--noEmit", "--skipLibCheck", "false", "--types", "node"];
    const modules = ["--target", "es2023", "--module", "nodenext"];
    const { stdout } = await execa(
      join(root, "node_modules/.bin/tsc"),
      [...strict, ...modules, "--pretty", "false", file],
      { cwd: app, reject: false },
    );
    return stdout.split("\n").filter((line) => /^\S+\(\d+,\d+\): error/.test(line));
  }

  it("is loaded by Node.js alone, and of its entries a cloud's alone loads its vendor's SDK", async () => {
    const loads = (entry: string) =>
      printed(`
        import "${entry}";
        import { createRequire } from "node:module";
        const loaded = Object.keys(createRequire(import.meta.url).cache);
        const found = ["gcp", "aws"].filter((name) => loaded.some((file) => file.includes("/@pulumi/" + name + "/")));
        console.log(JSON.stringify(found));`);
    assert.deepEqual(await loads("berth/components"), []);
    assert.deepEqual(await loads("berth/hosts/gce"), ["gcp"]);
    assert.deepEqual(await loads("berth/hosts/ec2"), ["aws"]);
  });

  it("brings the command line, which knows its systems", async () => {
    const own = { XDG_CACHE_HOME: join(folder, "cache"), XDG_DATA_HOME: join(folder, "data") };
    const args = ["validate", "--stack", "shop", "--config", "system=loc8"];
    const { stdout } = await execa(join(app, "node_modules/.bin/berth"), args, { cwd: app, env: own });
    assert.equal(stdout, "stack shop is valid: loc8 with 5 services");
  });

  it("can be required too", async () => {
    const { stdout } = await execa("node", ["-p", 'require("berth/components").Postgres.name'], { cwd: app });
    assert.equal(stdout, "Postgres");
  });

  it("brings the scripts that a machine of its own is prepared with", async () => {
    const machine = { system: "shop", sshFrom: everywhere };
    const script = await printed(`
      import { setupScript } from "./node_modules/berth/dist/components/machine/setupScript.js";
      console.log(JSON.stringify(setupScript(${JSON.stringify(machine)})));`);
    assert.equal(script, setupScript(machine));
  });

  it("type-checks against the package's declarations, which refuse what is wrong", async () => {
    assert.deepEqual(await typeErrors("index.ts"), []);
    await writeFile(
      join(app, "wrong.ts"),
      `import type { ContainerOverride, PostgresArgs } from "berth/components";
export const unknown: ContainerOverride = { shmSise: 64 };
export const kept: ContainerOverride = { name: "db" };
export const role: PostgresArgs["role"] = 1;
`,
    );
    const lines = (await typeErrors("wrong.ts")).map((error) => /^wrong\.ts\((\d)/.exec(error)?.[1]);
    assert.deepEqual(lines, ["2", "3", "4"]);
  });

  it("previews a container for each of its parts, with the override of its database", async () => {
    const { containers, changes } = await run("preview");
    assert.deepEqual(Object.keys(containers).toSorted(), [
      "database",
      "database-check",
      "database-files",
      "database-provision",
      "proxy",
      "proxy-files",
      "proxy-release",
      "proxy-release-files",
      "web-1",
      "web-2",
      "web-files",
    ]);
    assert.deepEqual(Object.keys(changes), ["create"]);
    const drivers = Object.entries(containers).map(([name, { logDriver }]) => [name, logDriver]);
    const others = drivers.filter(([, driver]) => driver !== "local" && driver !== "none");
    assert.deepEqual(others, [["database", "json-file"]]);
  });

  it("comes up: its page answers, and its database has what the override says", async () => {
    const { outputs } = await run("up");
    assert.deepEqual(outputs, { url: `http://127.0.0.1:${port}/` });
    const ready = await until("ready", 120, () => json<Ready>(`http://127.0.0.1:${port}/ready`));
    assert.deepEqual(reached(ready), { database: "postgres ok" });
    const { containers } = await labelled(`berth.stack=${stack}`);
    const [database] = containers.filter(({ Labels }) => Labels.backup === "nightly");
    const { HostConfig } = await docker.getContainer(database?.Id ?? "").inspect();
    assert.equal(HostConfig.LogConfig?.Type, "json-file");
  });

  it("has nothing to do the second time", async () => {
    const { changes } = await run("up");
    assert.deepEqual(Object.keys(changes), ["same"]);
  });
});
