import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import semver from "semver";
import { variable } from "./env.ts";

/** Where the Docker Engine should answer, and who says so. */
export interface Endpoint {
  host: string;
  source: "DOCKER_HOST" | "context" | "default";
}

/** An engine's answer, or the code of the error instead, like ECONNREFUSED. */
export type Answer = { version: string } | { error: string };

const DEFAULT_HOST =
  process.platform === "win32" ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock";
/** Debian 12 has it, and it is the oldest that Berth is tried against. */
const OLDEST_ENGINE = "20.10.0";
const ANSWER_MS = 10_000;

/** In the order of the docker client: DOCKER_HOST, the context (DOCKER_CONTEXT or the current one), the default. */
export function dockerEndpoint(env: NodeJS.ProcessEnv = process.env, home = homedir()): Endpoint {
  const stated = variable("DOCKER_HOST", env);
  if (stated !== undefined) return { host: stated, source: "DOCKER_HOST" };
  const folder = variable("DOCKER_CONFIG", env) ?? join(home, ".docker");
  const config = readJson(join(folder, "config.json")) as { currentContext?: string } | undefined;
  const name = variable("DOCKER_CONTEXT", env) ?? config?.currentContext ?? "default";
  if (name === "default" || name === "") return { host: DEFAULT_HOST, source: "default" };
  // The client names a context's folder by the hash of its name.
  const hash = createHash("sha256").update(name).digest("hex");
  const meta = readJson(join(folder, "contexts", "meta", hash, "meta.json")) as ContextMeta | undefined;
  const host = meta?.Endpoints?.docker?.Host;
  if (host === undefined)
    throw new Error(`docker: context must exist, got "${name}"; run "docker context ls" to see which do`);
  return { host, source: "context" };
}

/** The part of a context's meta.json that we read. */
interface ContextMeta {
  Endpoints?: { docker?: { Host?: string } };
}

/** Asks the engine that DOCKER_HOST names; 10 s at the most. */
export async function askEngine(): Promise<Answer> {
  try {
    const answer = await new Docker({ timeout: ANSWER_MS }).version();
    return { version: answer.Version };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { error: code ?? message };
  }
}

/** Why an engine can't be used, or undefined. */
export function whyNotEngine(version: string): string | undefined {
  const found = semver.coerce(version);
  if (found !== null && semver.gte(found, OLDEST_ENGINE)) return undefined;
  return `docker: must be Engine 20.10 or newer, got ${version}; upgrade it, https://docs.docker.com/engine/install/`;
}

function readJson(path: string): unknown {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}
