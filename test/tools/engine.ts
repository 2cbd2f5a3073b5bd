import { type ChildProcess, execFile, fork } from "node:child_process";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { execa } from "execa";
import { cache, compiled } from "../../cli/compile.mjs";
import type { DriverSetup, Reply, Request } from "./driver.ts";
import { quickNode } from "./quickNode.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The part of an exported state that we read. */
export interface State {
  deployment: { resources: { urn: string; type: string; id?: string; outputs?: Record<string, unknown> }[] };
}

/** The Pulumi engine and a program, in a process of their own: whatever happens to them, the test goes on. */
export class Engine {
  private driver: ChildProcess | undefined;

  constructor(
    private readonly setup: DriverSetup,
    private readonly environment: Record<string, string>,
  ) {}

  /** One run; it ends after `seconds` at the latest. A failed run's process isn't used again. */
  async run(request: Request, seconds = 600): Promise<Reply> {
    const driver = this.driver ?? (await this.start());
    this.driver = driver;
    driver.send(request);
    const reply = await answer(driver, seconds);
    if (!reply.ok) this.stop();
    return reply;
  }

  /** The state with its secrets in the clear. */
  async exportState(): Promise<State> {
    return JSON.parse(await this.exported("--show-secrets")) as State;
  }

  /** The state as it is exported, its secrets encrypted. */
  async exported(...options: string[]): Promise<string> {
    const { pulumiRoot, stack, folder } = this.setup;
    const args = ["stack", "export", ...options, "--stack", stack];
    const env = { ...process.env, ...this.environment };
    const { stdout } = await run(join(pulumiRoot, "bin/pulumi"), args, {
      cwd: folder,
      env,
      maxBuffer: 64 << 20,
    });
    return stdout;
  }

  /** Sets a secret of the config by its path, such as `berth:tls.key`. */
  async keep(path: string, value: string): Promise<void> {
    const { pulumiRoot, stack, folder } = this.setup;
    const pulumi = (args: string[], input = "") =>
      execa(join(pulumiRoot, "bin/pulumi"), args, { cwd: folder, env: this.environment, input });
    await pulumi(["stack", "select", stack, "--create"]);
    const args = ["config", "set", "--stack", stack, "--secret", "--path", path];
    // By its standard input, so that no list of processes shows it.
    await pulumi(args, value);
  }

  /** Settings with their secrets opened, as the engine hands them over: of a map its JSON. */
  async opened(): Promise<Record<string, string>> {
    const { pulumiRoot, stack, folder } = this.setup;
    const args = ["config", "--stack", stack, "--json", "--show-secrets"];
    const { stdout } = await execa(join(pulumiRoot, "bin/pulumi"), args, {
      cwd: folder,
      env: this.environment,
    });
    const values = JSON.parse(stdout) as Record<string, { value: string }>;
    return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]));
  }

  stop(): void {
    const { driver } = this;
    this.driver = undefined;
    if (driver === undefined) return;
    // It ends then, and leaves the machine code that the next one starts from.
    if (driver.connected) driver.disconnect();
    const late = setTimeout(() => driver.kill("SIGKILL"), 5000).unref();
    driver.once("exit", () => {
      clearTimeout(late);
    });
  }

  private async start(): Promise<ChildProcess> {
    // As `berth` is run: from one file each, whose machine code is kept.
    const own = await compiled(relative(root, join(import.meta.dirname, "driver.ts")));
    const program = await compiled(relative(root, this.setup.program));
    const setup: DriverSetup = { ...this.setup, program: program.file };
    const driver = fork(own.file, [JSON.stringify(setup)], {
      env: { ...process.env, V8_COMPILE_CACHE_CACHE_DIR: join(cache, "v8"), ...this.environment },
      execArgv: [...quickNode, "--require", require.resolve("v8-compile-cache")],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const ready = await answer(driver, 300);
    if (!ready.ok) {
      driver.kill("SIGKILL");
      throw new Error(`the engine's process did not start: ${ready.output}`);
    }
    return driver;
  }
}

/** The next message of a process; its death is one too. */
function answer(driver: ChildProcess, seconds: number): Promise<Reply> {
  return new Promise((resolve) => {
    const written: string[] = [];
    const hear = (text: Buffer): void => void written.push(text.toString());
    const failed = (why: string): void => {
      done({
        ok: false,
        output: `${written.join("")}\n${why}`,
        changes: {},
        steps: [],
        outputs: {},
        seconds,
      });
    };
    const late = setTimeout(() => {
      failed(`no answer within ${seconds} s`);
    }, seconds * 1000);
    const message = (reply: Reply | "ready"): void => {
      done(
        reply === "ready" ? { ok: true, output: "", changes: {}, steps: [], outputs: {}, seconds: 0 } : reply,
      );
    };
    const gone = (code: number | null, signal: string | null): void => {
      failed(`ended: ${code ?? signal}`);
    };
    const done = (reply: Reply): void => {
      clearTimeout(late);
      driver.off("message", message).off("exit", gone);
      driver.stdout?.off("data", hear);
      driver.stderr?.off("data", hear);
      resolve(reply);
    };
    driver.stdout?.on("data", hear);
    driver.stderr?.on("data", hear);
    driver.on("message", message).on("exit", gone);
  });
}
