import type * as docker from "@pulumi/docker";
import { paced, steadyInterval } from "./healthPace.ts";

/** How a container is asked whether it is well, and how many seconds it may take to become so. */
export interface HealthCheck {
  test: string[];
  /** Whether the image has a shell, though the check names none. @default false */
  inShell?: boolean;
  /** @default 60 */
  startSeconds?: number;
  /** Seconds that one answer may take. @default 5 */
  timeoutSeconds?: number;
  /** Bad answers in a row that make it unwell. @default 3 */
  retries?: number;
  /**
   * Between two questions, once it has started; before Docker 25, where the check names no shell and the image may have
   * none, 3.8 at all times. @default 10
   */
  intervalSeconds?: number;
}

/** For what can't be asked: it counts as well while it runs, and its image's own check doesn't hold. */
export const noHealth: HealthCheck = { test: ["NONE"] };

export function isAsked(check: HealthCheck | undefined): boolean {
  return check !== undefined && check.test[0] !== "NONE";
}

export const defaultStartSeconds = 60;

/**
 * Each `up` waits for the first good answer, and each question costs the machine a process: an engine that can ask
 * often at first and seldom later does (Docker 25, https://docs.docker.com/reference/dockerfile/#healthcheck), for an
 * older one the check itself waits before it asks, see {@link paced}, and what can't is asked more often than needed for as
 * long as the system is up. The docker provider looks at
 * whole seconds after the start (kreuzwerker/terraform-provider-docker resource_docker_container_funcs.go): the first
 * answers come shortly before one of them, or each `up` waits a second more. Durations are written as Go prints them, or each run sees a change.
 * None is left out, of `NONE` neither: Docker would take the image's, and each run see a change
 * (https://github.com/moby/moby/blob/v20.10.24/daemon/commit.go, merge).
 */
export function healthcheckArgs(
  check: HealthCheck,
  startInterval: boolean,
): docker.types.input.ContainerHealthcheck {
  const startPeriod = goDuration(check.startSeconds ?? defaultStartSeconds);
  const { test, timeoutSeconds = 5, retries = 3, intervalSeconds = 10 } = check;
  const timeout = goDuration(timeoutSeconds);
  const rest = { startPeriod, retries };
  if (startInterval) {
    const pace = { interval: goDuration(intervalSeconds), startInterval: "700ms" };
    return { tests: test, ...pace, timeout, ...rest };
  }
  const slow = paced(test, intervalSeconds, check.inShell);
  if (slow === undefined) return { tests: test, interval: "3.8s", timeout, ...rest };
  // Docker counts the pause as part of the answer.
  const longest = goDuration(timeoutSeconds + slow.pauseSeconds);
  return { tests: slow.test, interval: steadyInterval, timeout: longest, ...rest };
}

/**
 * Asks an HTTP server inside its own container, with whichever client the image has: images we don't know
 * may have curl, wget, Python, Node.js or only bash.
 */
export function httpHealth(
  port: number,
  path: string,
  startSeconds?: number,
  timeoutSeconds = 5,
): HealthCheck {
  const patience = Math.max(1, timeoutSeconds - 1);
  const url = `http://127.0.0.1:${port}${path}`;
  const ways = {
    curl: `curl -fsS -o /dev/null -m ${patience} ${url}`,
    wget: `wget -q -O /dev/null -T ${patience} ${url}`,
    python3: `python3 -c 'import urllib.request as u; u.urlopen("${url}", timeout=${patience})'`,
    node: `node -e 'fetch("${url}").then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))'`,
  };
  const chain = Object.entries(ways).map(([tool, run]) => `command -v ${tool} >/dev/null && exec ${run}`);
  return { test: ["CMD-SHELL", [...chain, overBash(port, path, patience)].join("; ")], startSeconds };
}

/** Well while the process has touched its heartbeat file of late. Costs no interpreter, every two seconds. */
export function heartbeatHealth(file: string, seconds: number, startSeconds?: number): HealthCheck {
  return { test: ["CMD-SHELL", `[ $(($(date +%s) - $(stat -c %Y ${file}))) -lt ${seconds} ]`], startSeconds };
}

function overBash(port: number, path: string, patience: number): string {
  const ask = `printf "GET ${path} HTTP/1.0\\r\\n\\r\\n" >&3`;
  return `exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}; ${ask}; read -t ${patience} -r _ code _ <&3; [ "$code" = 200 ]'`;
}

/** `90` → `1m30s`, as Go's time.Duration prints it (https://pkg.go.dev/time#Duration.String). */
export function goDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = `${seconds % 60}s`;
  if (minutes >= 60) return `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}`;
  return minutes === 0 ? rest : `${minutes}m${rest}`;
}
