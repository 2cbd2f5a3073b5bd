import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Contender } from "./proxyContenders.ts";

const run = promisify(execFile);
const network = "bench-proxy";
const image = "nginx:1.30";
const confined = [
  ["--user", "101", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"],
  ["--security-opt", "no-new-privileges", "--env", "HOME=/tmp", "--env", "XDG_DATA_HOME=/tmp"],
  ["--env", "XDG_CONFIG_HOME=/tmp", "--cpus", "1", "--memory", "512m", "--network", network],
].flat();

/** Containers with one CPU each on a network that only this machine reaches. Nothing is published. */
export class ProxyRig {
  private readonly names: string[] = [];
  private constructor(private readonly folder: string) {}

  static async start(): Promise<ProxyRig> {
    const folder = await mkdtemp(join(tmpdir(), "bench-proxy-"));
    await chmod(folder, 0o755);
    await docker("network", "create", "--internal", network);
    return new ProxyRig(folder);
  }

  /** @returns the address, once it answers */
  async add(contender: Contender, port: number, binary?: string): Promise<string> {
    const container = contender.name.replaceAll(/[^a-z-]+/gi, "-");
    const folder = join(this.folder, container);
    await mkdir(folder);
    for (const [name, text] of Object.entries(contender.files)) await writeFile(join(folder, name), text);
    const [program = "", ...args] = contender.command;
    const mounts = ["-v", `${folder}:/bench:ro`, ...(binary ? ["-v", `${binary}:/bin/contender:ro`] : [])];
    this.names.push(container);
    const start = ["run", "-d", "--name", container, ...confined, ...mounts, "--entrypoint", program];
    await docker(...start, image, ...args);
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    const address = `http://${await docker("inspect", "-f", format, container)}:${port}`;
    await until(async () => {
      const answer = await fetch(`${address}/small`);
      if (answer.status !== 200) throw new Error(`${contender.name}: must answer 200, got ${answer.status}`);
    });
    return address;
  }

  async close(): Promise<void> {
    for (const name of this.names) await docker("rm", "-f", name).catch(() => undefined);
    await docker("network", "rm", network);
    await rm(this.folder, { recursive: true });
  }
}

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run("docker", args);
  return stdout.trim();
}

/** Tries for ten seconds; the last failure is the error. */
async function until(attempt: () => Promise<unknown>): Promise<void> {
  for (let left = 40; ; left--)
    try {
      await attempt();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(250);
    }
}
