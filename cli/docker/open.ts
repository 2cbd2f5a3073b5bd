import Docker from "dockerode";
import { Refusal } from "../refusal.ts";

/** The engine that DOCKER_HOST names, else this machine's. Whatever is asked of one that is away throws {@link Refusal}. */
export function openLocalDocker(): Docker {
  const docker = new Docker();
  if (isLocal()) own.add(docker);
  const modem = docker.modem as Modem;
  const dial = modem.dial.bind(modem);
  modem.dial = (options, answer) => {
    dial(options, (error, result) => {
      const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
      answer(isAway(first) ? new Refusal([unreachable(first.message)]) : error, result);
    });
  };
  return docker;
}

const own = new WeakSet<Docker>();

/** True of an engine that runs on the machine this command runs on. */
export function isHere(docker: Docker): boolean {
  return own.has(docker);
}

/** Of what every request goes through (docker-modem lib/modem.js). */
interface Modem {
  dial: (options: unknown, answer: (error: unknown, result?: unknown) => void) => void;
}

/** Nobody listened there, or might be asked: an answer, even a bad one, has no system call. */
function isAway(error: unknown): error is Error {
  if (!(error instanceof Error) || !("syscall" in error)) return false;
  return error.syscall === "connect" || error.syscall === "getaddrinfo";
}

export function unreachable(reason: string): string {
  // Said already, or of a machine over ssh, which says for itself what to do.
  if (/^(?:docker|host(?:\.\w+)?): /.test(reason)) return reason;
  const where = process.env.DOCKER_HOST ?? "/var/run/docker.sock";
  return `docker: must answer at ${where}, got "${reason}"; start Docker, or set DOCKER_HOST`;
}

/** True when containers run on the machine this command runs on, so that ports and disks can be looked at. */
export function isLocal(environment = process.env): boolean {
  const host = environment.DOCKER_HOST ?? "";
  return host === "" || host.startsWith("unix://") || host.startsWith("npipe://");
}

/** The part of `GET /info` we read. */
export interface EngineInfo {
  ID: string;
  /** The machine's host name. */
  Name: string;
  ServerVersion: string;
  DockerRootDir: string;
  NCPU: number;
  MemTotal: number;
  /** Such as `name=seccomp,profile=default`. */
  SecurityOptions?: readonly string[] | null;
  /** Names of its log drivers, installed ones too. */
  Plugins?: { Log?: readonly string[] | null };
}

export async function engineInfo(docker: Docker): Promise<EngineInfo> {
  return (await docker.info()) as EngineInfo;
}
