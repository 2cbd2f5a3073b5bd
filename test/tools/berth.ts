import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SystemName } from "../../systems/index.ts";
import { labelled, removeLabelled } from "./docker.ts";
import { prepare } from "./prepare.ts";
import { end, familyOf, processTable } from "./processes.ts";
import { freePort, removeLeftOvers } from "./stack.ts";
import { until } from "./wait.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Ended {
  code: number | null;
  output: string;
}

/** A resource as the engine keeps it. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: unknown;
  /** It has been replaced, and is still to be deleted. */
  delete?: boolean;
}

/** A command under way. */
export interface Running {
  pid: number;
  ended: Promise<Ended>;
  /** What it has written by now. */
  output(): string;
  /**
   * Asks until the answer is true, for as long as the command is under way.
   *
   * @throws with what the command said, when it ends before
   */
  whileGoing(what: string, ask: () => Promise<boolean>): Promise<void>;
}

/** The command line, as a person uses it, on a stack and in a data folder of its own. */
export class Berth {
  /** What its commands are told on top of this process's environment. */
  environment: NodeJS.ProcessEnv = {};
  /** Name of the machine that its commands find themselves on. @default this one's */
  host?: string;
  private readonly running = new Set<ChildProcess>();

  private constructor(
    readonly stack: string,
    readonly url: string,
    private readonly system: string,
    /** Its data folder. */
    readonly folder: string,
  ) {}

  /** `file` defines a system of somebody's own that runs what `system` runs. */
  static async open(system: SystemName, file?: string): Promise<Berth> {
    await prepare(system, []);
    await removeLeftOvers();
    const stack = `live-${process.pid}-${randomBytes(3).toString("hex")}`;
    const folder = await mkdtemp(join(tmpdir(), "berth-cli-"));
    return new Berth(stack, `http://127.0.0.1:${await freePort()}`, file ?? system, folder);
  }

  /** Starts `berth up` with settings such as `replicas.backend=1`. */
  up(...settings: string[]): Running {
    return this.start("up", this.system, ...this.config(settings));
  }

  /** Runs a verb with settings to its end; `errors` are the lines of stderr that tell no progress. */
  async tried(verb: "up" | "validate", ...settings: string[]): Promise<Ended & { errors: string[] }> {
    const system = settings.some((setting) => setting.startsWith("system=")) ? [] : [this.system];
    const { code, output } = await this.start(verb, ...system, ...this.config(settings)).ended;
    return {
      code,
      output,
      errors: output.split("\n").filter((line) => /^[\w.-]+: .*\b(must|unknown)\b/.test(line)),
    };
  }

  /** Names the stack's system and settings to a verb that takes no system. */
  settings(...settings: string[]): string[] {
    return this.config([`system=${this.system}`, ...settings]);
  }

  private config(settings: string[]): string[] {
    const { port } = new URL(this.url);
    const all = ["host.kind=local", `host.port=${port}`, `network=${this.stack}`, ...settings];
    return all.flatMap((setting) => ["--config", setting]);
  }

  /** What to start for a command, and with what environment, for who brings an input or a terminal. */
  words(verb: string, ...args: string[]): { words: [string, ...string[]]; env: NodeJS.ProcessEnv } {
    const own = [process.execPath, join(root, "cli/berth.mjs"), verb, "--stack", this.stack, ...args];
    // The same process from the shell on, in a namespace where the name is its own (uts_namespaces(7)).
    const named = ["--uts", "sh", "-c", 'hostname "$0" && exec "$@"', this.host ?? ""];
    return {
      words: this.host === undefined ? (own as [string, ...string[]]) : ["unshare", ...named, ...own],
      env: { ...process.env, NO_COLOR: "1", XDG_DATA_HOME: this.folder, ...this.environment },
    };
  }

  start(verb: string, ...args: string[]): Running {
    const { words, env } = this.words(verb, ...args);
    const [program, ...rest] = words;
    const child = spawn(program, rest, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    this.running.add(child);
    const written: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => written.push(text));
    }
    const ended = new Promise<Ended>((resolve) => {
      child.on("close", (code) => {
        this.running.delete(child);
        resolve({ code, output: written.join("") });
      });
    });
    let ending: Ended | undefined;
    void ended.then((last) => {
      ending = last;
    });
    const whileGoing = (what: string, ask: () => Promise<boolean>): Promise<void> =>
      until(what, 240, async () => {
        const done = await ask();
        return done || ending !== undefined ? { done } : undefined;
      }).then(({ done }) => {
        if (!done) throw new Error(`the command ended before ${what}:\n${ending?.output}`);
      });
    return { pid: child.pid ?? 0, ended, output: () => written.join(""), whileGoing };
  }

  /** Has verbs work on a copy of the state for as long as this takes. */
  async withCopy<T>(work: () => Promise<T>): Promise<T> {
    const copy = await mkdtemp(join(tmpdir(), "berth-copy-"));
    await cp(this.folder, copy, { recursive: true });
    const before = this.environment;
    this.environment = { ...before, XDG_DATA_HOME: copy };
    try {
      return await work();
    } finally {
      this.environment = before;
      await rm(copy, { recursive: true, force: true });
    }
  }

  /** Files of the engine's state with this ending. */
  async stateFiles(ending: string): Promise<string[]> {
    const state = join(this.folder, "berth/state/.pulumi");
    const names = await readdir(state, { recursive: true });
    return names.filter((name) => name.endsWith(ending)).map((name) => join(state, name));
  }

  /** What the stack's state holds; nothing before its first run. */
  async resources(): Promise<StateResource[]> {
    const file = join(this.folder, "berth/state/.pulumi/stacks/berth", `${this.stack}.json`);
    const state = JSON.parse(await readFile(file, "utf8")) as {
      checkpoint: { latest?: { resources?: StateResource[] } };
    };
    return state.checkpoint.latest?.resources ?? [];
  }

  /** Containers that Docker holds for the stack and its state doesn't know, and the other way round. */
  async strays(): Promise<string[]> {
    const resources = await this.resources();
    const { containers, networks, volumes } = await this.dockerObjects();
    const held = [
      ...containers.map(({ Id }) => Id),
      ...networks.map(({ Id }) => Id),
      ...volumes.map(({ Name }) => Name),
    ];
    const known = resources
      .filter(({ type }) => /^docker:.*:(Container|Network|Volume)$/.test(type))
      .map(({ id }) => id ?? "");
    return [...held.filter((id) => !known.includes(id)), ...known.filter((id) => !held.includes(id))];
  }

  dockerObjects() {
    return labelled(`berth.stack=${this.stack}`);
  }

  async close(): Promise<void> {
    const table = await processTable();
    for (const { pid = 0 } of this.running) for (const each of await familyOf(pid, table)) end(each);
    await removeLabelled(`berth.stack=${this.stack}`);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Whether the engine is at work below a command on what `up` does, and no longer on what is before it. */
export async function isUpping(command: number): Promise<boolean> {
  const family = await familyOf(command, await processTable());
  const lines = await Promise.all(
    family.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.some((line) => line.includes("/pulumi\0up\0"));
}

/** Ends the engine below a command at once, and with `everything` the command and the plugins too. */
export async function killEngine(command: number, everything: boolean): Promise<void> {
  const family = await familyOf(command, await processTable());
  for (const pid of family) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (everything || /\/pulumi\0(?:up|destroy)\0/.test(line)) end(pid);
  }
}
