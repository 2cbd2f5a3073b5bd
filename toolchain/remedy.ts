import { existsSync, readFileSync } from "node:fs";
import { type Endpoint } from "./engine.ts";
import { onPath } from "./env.ts";

/** What decides whether Berth may put Docker on this machine itself. */
export interface Machine {
  platform: NodeJS.Platform;
  root: boolean;
  /** Debian, Ubuntu, and what calls itself like them. */
  debian: boolean;
  /** The Engine's program is there, running or not. */
  dockerd: boolean;
  /** As the first process, so that services are started through it. */
  systemd: boolean;
}

/** What to do about an engine that doesn't answer: our part, or what to tell the person. */
export type Remedy = "install" | "start" | { say: string };

const DOCS = "https://docs.docker.com/engine/install/";

export function remedyFor(endpoint: Endpoint, error: string, machine: Machine): Remedy {
  if (endpoint.source === "DOCKER_HOST")
    return say(
      `DOCKER_HOST: must name an engine that answers, got "${endpoint.host}" (${error})`,
      "fix or unset it",
    );
  if (endpoint.source === "context")
    return say(`docker: the context's engine must answer, got "${endpoint.host}" (${error})`, "start it");
  if (error === "EACCES")
    return say(
      `docker: must let this user in, got ${error}`,
      'run "sudo usermod -aG docker $USER" and log in again',
    );
  const silent = `docker: must have an engine that answers, got ${error}`;
  if (machine.platform !== "linux")
    return say(silent, "install and start Docker Desktop, https://docs.docker.com/get-docker/");
  if (machine.dockerd) return machine.root ? "start" : say(silent, 'run "sudo systemctl start docker"');
  if (!machine.debian) return say(silent, `install it, ${DOCS}`);
  return machine.root ? "install" : say(silent, 'run "sudo apt-get install docker.io", or this as root');
}

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    debian: isDebian(text("/etc/os-release")),
    dockerd: onPath("dockerd") !== undefined || existsSync("/usr/sbin/dockerd"),
    systemd: text("/proc/1/comm").trim() === "systemd",
  };
}

/** By the ID and ID_LIKE of os-release(5). */
export function isDebian(osRelease: string): boolean {
  const lines = osRelease.split("\n").filter((line) => /^ID(_LIKE)?=/.test(line));
  return lines.some((line) => /[="' ](debian|ubuntu)\b/.test(line));
}

function say(problem: string, fix: string): Remedy {
  return { say: `${problem}; ${fix}` };
}

function text(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
