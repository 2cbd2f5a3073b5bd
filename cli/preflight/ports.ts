import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import type { ContainerInfo } from "dockerode";
import { nameOf, type Labelled } from "../docker/owned.ts";

/** Where a stack's proxy is to listen. */
export interface Listener {
  ip: string;
  port: number;
  /** The setting of the host that says the port. */
  key: "port" | "httpsPort";
}

/** How long a container may be on its way between taking its port and being listed, in seconds. */
const startingSeconds = 15;

/** What has to be free, and is it? Nothing when it is, or when the stack's own proxy holds it already. */
export async function portProblem(
  listener: Listener,
  stack: string,
  list: () => Promise<readonly ContainerInfo[]>,
  local: boolean,
): Promise<string | undefined> {
  const deadline = Date.now() + startingSeconds * 1000;
  for (;;) {
    const holder = (await list()).find((container) => publishes(container, listener));
    if (holder)
      return stackOf(holder) === stack
        ? undefined
        : takenProblem(listener, `container "${nameOf(holder)}"${stackNote(holder)}`);
    if (!local || (await isFree(listener))) return undefined;
    const process = (await processOn(listener.port)) ?? "a process of another user";
    // The engine takes a port before it lists the container, which may be the one of a run that was just killed.
    if (!process.startsWith("docker-proxy") || Date.now() > deadline) return takenProblem(listener, process);
    await pause();
  }
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 500));
}

/** The line a person reads. */
export function takenProblem({ port, key }: Pick<Listener, "port" | "key">, holder: string): string {
  return `host.${key}: must be free, ${port} is held by ${holder}; stop it, or take another with --config host.${key}=<port>`;
}

const everywhere = ["0.0.0.0", "::", ""];

function publishes({ Ports }: ContainerInfo, { ip, port }: Listener): boolean {
  return Ports.some(({ PublicPort, IP }) => {
    return PublicPort === port && (IP === ip || everywhere.includes(IP) || everywhere.includes(ip));
  });
}

function stackOf({ Labels }: Labelled): string | undefined {
  return Labels?.["berth.stack"];
}

function stackNote(container: ContainerInfo): string {
  const stack = stackOf(container);
  return stack === undefined ? "" : ` of stack "${stack}"`;
}

/** Listens for a moment: what the kernel says is what Docker would hear. */
async function isFree({ ip, port }: Listener): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "EADDRINUSE");
    });
    server.listen({ host: ip, port, exclusive: true }, () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}

/** `node, pid 4711`, from /proc; nothing where there is no /proc or the process isn't ours to look at. */
async function processOn(port: number): Promise<string | undefined> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const sockets = new Set(tables.flatMap((table) => listeningSockets(table, port)));
  const pids = await readdir("/proc").catch(() => []);
  for (const pid of pids.filter((name) => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => "")));
    if (!links.some((link) => sockets.has(link))) continue;
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "process");
    return `${name.trim()}, pid ${pid}`;
  }
  return undefined;
}

/** Inodes that listen on a port, as links in /proc/<pid>/fd name them (proc(5), /proc/net/tcp; state 0A listens). */
export function listeningSockets(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address, , state]) => address?.endsWith(`:${hex}`) && state === "0A")
    .map((fields) => `socket:[${fields[9]}]`);
}
