import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { docker, log } from "./docker.ts";
import type { LiveStack } from "./stack.ts";

/** The ways a value may be written, and what each is called. */
export function disguises(secret: string): Record<string, string> {
  const forms: Record<string, string> = { raw: secret, "URL-encoded": encodeURIComponent(secret) };
  // Inside a longer text base64 starts at one of three places in its groups of four; the ends depend on neighbours.
  for (const shift of [0, 1, 2]) {
    const whole = Buffer.from("x".repeat(shift) + secret).toString("base64");
    forms[`base64 at ${shift}`] = whole.slice(shift === 0 ? 0 : 4, -4);
  }
  return forms;
}

/** Which secrets a text holds, and how, as `attn_redis-password raw`. */
export function leaks(text: string, secrets: Record<string, string>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(disguises(secret))
      .filter(([, form]) => text.includes(form))
      .map(([how]) => `${name} ${how}`),
  );
}

/** Everything Docker tells of a stack: `docker inspect` of all it holds, and the log of each container. */
export async function dockerTells(stack: LiveStack): Promise<Record<string, string>> {
  const { containers, networks, volumes } = await stack.dockerObjects();
  const texts: Record<string, string> = {};
  for (const { Id, Names } of containers) {
    const name = Names[0] ?? Id;
    texts[`inspect ${name}`] = JSON.stringify(await docker.getContainer(Id).inspect());
    texts[`log ${name}`] = await log(Id).catch(() => "");
  }
  texts.networks = JSON.stringify(networks);
  texts.volumes = JSON.stringify(volumes);
  return texts;
}

/** Every file below a folder, by path. */
export async function filesBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map(async (file) => [file, await readFile(file, "utf8")] as const));
  return Object.fromEntries(texts);
}

/** Looks at the arguments of every process of this machine, and so of every container, until it is told to stop. */
export class ArgumentWatch {
  private readonly lines = new Set<string>();
  private going = true;
  private readonly watching: Promise<void>;

  private constructor() {
    this.watching = this.watch();
  }

  static start(): ArgumentWatch {
    return new ArgumentWatch();
  }

  /** Each command line once. */
  async stop(): Promise<string[]> {
    this.going = false;
    await this.watching;
    return [...this.lines];
  }

  private async watch(): Promise<void> {
    while (this.going) {
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      const lines = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""));
      for (const line of await Promise.all(lines)) this.lines.add(line.replaceAll("\0", " "));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
