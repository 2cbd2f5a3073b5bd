import { randomBytes, randomInt } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { pace } from "../../cli/engine/engine.ts";
import { quietHome } from "../../cli/engine/quietHome.ts";
import type { SystemName } from "../../systems/index.ts";
import { docker, labelled, removeLabelled } from "./docker.ts";
import type { Reply, Request } from "./driver.ts";
import { Engine } from "./engine.ts";
import { prepare } from "./prepare.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface StackOptions {
  system: SystemName;
  /** Further settings, by key. */
  config?: Record<string, unknown>;
  /** Path of another program than the project's own. */
  program?: string;
  /** Images it needs besides the system's own. */
  images?: string[];
}

/**
 * One stack of its own on the real engine and the real Docker Engine: state, passphrase and work folder of its own, a
 * free port, and nothing left of it after {@link LiveStack.close}.
 */
export class LiveStack {
  private constructor(
    readonly name: string,
    /** Where the proxy answers. */
    readonly url: string,
    /** Holds Pulumi.yaml, the stack's file and the state, and nothing else. */
    readonly folder: string,
    private readonly engine: Engine,
    readonly environment: Record<string, string>,
  ) {}

  static async open(options: StackOptions): Promise<LiveStack> {
    const { system, config = {}, program = join(root, "index.ts"), images = [] } = options;
    const { pulumiRoot } = await prepare(system, images, config.monitoring === true);
    await removeLeftOvers();
    const name = `live-${process.pid}-${randomBytes(3).toString("hex")}`;
    const folder = await mkdtemp(join(tmpdir(), "berth-live-"));
    await mkdir(join(folder, "state"));
    await copyFile(join(root, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    const port = await freePort();
    const environment = {
      ...pace(),
      ...(await quietHome(folder)),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const engine = new Engine({ program, stack: name, folder, pulumiRoot }, environment);
    const stack = new LiveStack(name, `http://127.0.0.1:${port}`, folder, engine, environment);
    // A network of its own, since this machine may run the same system already.
    await stack.set({ system, host: { kind: "local", port }, network: name, ...config });
    return stack;
  }

  /** Changes settings; `undefined` takes one away. */
  async set(settings: Record<string, unknown>): Promise<void> {
    const file = join(this.folder, `Pulumi.${this.name}.yaml`);
    const before = parse(await readFile(file, "utf8").catch(() => "{}")) as { config?: object };
    const given = Object.entries(settings).map(([key, value]) => [
      key.includes(":") ? key : `berth:${key}`,
      value,
    ]);
    const config: unknown = { ...before.config, ...Object.fromEntries(given) };
    await writeFile(file, stringify({ ...before, config }, { keepUndefined: false }));
  }

  /** Sets what is to be encrypted in the stack's file, by its path below `berth:`. */
  keep(path: string, value: string): Promise<void> {
    return this.engine.keep(`berth:${path}`, value);
  }

  /** Settings by their whole key, with their secrets opened: of a map its JSON. */
  opened(): Promise<Record<string, string>> {
    return this.engine.opened();
  }

  /** The state as it is exported. */
  exported(...options: string[]): Promise<string> {
    return this.engine.exported(...options);
  }

  /** A run that has to succeed. */
  async must(verb: Request["verb"], options: Omit<Request, "verb"> = {}): Promise<Reply> {
    const reply = await this.engine.run({ verb, ...options });
    if (!reply.ok) throw new Error(`${verb} failed:\n${reply.output}`);
    return reply;
  }

  up(): Promise<Reply> {
    return this.must("up");
  }

  /** A run whose end is for the caller to judge. */
  run(verb: Request["verb"], options: Omit<Request, "verb"> = {}): Promise<Reply> {
    return this.engine.run({ verb, ...options });
  }

  /** Everything Docker holds for the stack. */
  dockerObjects() {
    return labelled(`berth.stack=${this.name}`);
  }

  /** Running containers of a service, by name, the longest running first. */
  async containers(service: string): Promise<{ id: string; name: string }[]> {
    const label = [`berth.stack=${this.name}`, `berth.service=${service}`, "berth.role=service"];
    const found = await docker.listContainers({ filters: { label } });
    return found
      .sort((a, b) => a.Created - b.Created)
      .map(({ Id, Names }) => ({ id: Id, name: Names[0]?.slice(1) ?? Id }));
  }

  /** Every generated password, decrypted, by the resource's name. */
  async secrets(): Promise<Record<string, string>> {
    const { deployment } = await this.engine.exportState();
    const made = deployment.resources.filter(
      ({ type }) => type === "random:index/randomPassword:RandomPassword",
    );
    return Object.fromEntries(
      made.map(({ urn, outputs }) => {
        const { plaintext } = outputs?.result as { plaintext: string };
        return [urn.slice(urn.lastIndexOf("::") + 2), JSON.parse(plaintext) as string];
      }),
    );
  }

  /** Containers that Docker holds for the stack and its state doesn't know. */
  async strays(): Promise<string[]> {
    const file = join(this.folder, "state/.pulumi/stacks/berth", `${this.name}.json`);
    const state = JSON.parse(await readFile(file, "utf8")) as {
      checkpoint: { latest: { resources: { id?: string }[] } };
    };
    const known = new Set(state.checkpoint.latest.resources.map(({ id }) => id));
    const { containers } = await this.dockerObjects();
    return containers.filter(({ Id }) => !known.has(Id)).map(({ Names }) => Names[0] ?? "?");
  }

  async close(): Promise<void> {
    this.engine.stop();
    await removeLabelled(`berth.stack=${this.name}`);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What an earlier run of the tests, killed on its way, has left on this Docker. */
export async function removeLeftOvers(): Promise<void> {
  const { containers, networks, volumes } = await labelled("berth.stack");
  const held = [...containers, ...networks, ...volumes] as { Labels?: Record<string, string> | null }[];
  const stacks = new Set(held.map(({ Labels }) => Labels?.["berth.stack"] ?? ""));
  for (const stack of stacks) {
    const pid = /^live-(\d+)-/.exec(stack)?.[1];
    if (pid !== undefined && !runs(Number(pid))) await removeLabelled(`berth.stack=${stack}`);
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * A port of 127.0.0.1 that nobody listens on, below those that outgoing connections get (from 32768 on,
 * https://docs.kernel.org/networking/ip-sysctl.html, ip_local_port_range): between this and the run that publishes it a test
 * beside this one may open thousands.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
