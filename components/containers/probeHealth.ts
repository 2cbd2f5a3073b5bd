import type { HealthCheck } from "./health.ts";

/** A static busybox, which runs beside any program whatever its image holds. On every host, where something asks by it. */
export const probeImage = "busybox:1.37-musl";

/** Where a container finds the probe. */
export const probeFolder = "/run/berth-probe";

const busybox = `${probeFolder}/busybox`;

/** Statuses that are well: from 200 to this one. */
export type Worst = 399 | 499;

/**
 * Asks an HTTP server inside its own container, whatever its image holds, and follows no redirect: one that sends
 * everybody to https is well. At the container's own address, where the proxy asks: what listens on 127.0.0.1 alone, as
 * many programs do unless they are told, serves nobody else. busybox's `nc` becomes the program after `-e` once it is connected, so that a question
 * is one process; what it says of a failure goes to the health check's log. HTTP/1.1, because some servers refuse 1.0.
 */
export function probeHttp(port: number, path: string, worst: Worst, timeoutSeconds = 5): HealthCheck {
  const ask = `GET ${path} HTTP/1.1\\r\\nHost: localhost\\r\\nUser-Agent: berth\\r\\nAccept: */*\\r\\nConnection: close\\r\\n\\r\\n`;
  const program = [
    `printf "${ask}"`,
    `read -r -t ${seconds(timeoutSeconds)} _ code _`,
    `[ "\${code:-0}" -ge 200 ] && [ "$code" -le ${worst} ] && exec ${busybox} head -c 65536 >/dev/null`,
    `echo "GET ${path} on port ${port}: \${code:-no answer}" >&2`,
    "exit 1",
  ].join("; ");
  return { test: connected(port, timeoutSeconds, [busybox, "sh", "-c", program]), timeoutSeconds };
}

/** Well while the port accepts a connection. */
export function probeTcp(port: number, timeoutSeconds = 5): HealthCheck {
  return { test: connected(port, timeoutSeconds, [busybox, "true"]), timeoutSeconds };
}

/** Whether a check needs the probe in its container. */
export function isProbed({ test }: HealthCheck): boolean {
  return test[1] === busybox;
}

/** Runs a program once the port accepts. Docker writes the container's name and address to its /etc/hosts. */
function connected(port: number, timeoutSeconds: number, program: string[]): string[] {
  const connect = `exec ${busybox} nc -w ${seconds(timeoutSeconds)} "$(${busybox} hostname)" ${port} -e "$@"`;
  return ["CMD", busybox, "sh", "-c", connect, "probe", ...program];
}

/** The port that a health check asks, in any of the forms that Berth's have. */
export function askedPort(test: readonly string[]): number | undefined {
  const found = /(?:127\.0\.0\.1[: ]|hostname\)" )(\d+)/.exec(test.join(" "))?.[1];
  return found === undefined ? undefined : Number(found);
}

/** A second less than Docker waits, so that the check itself can say what happened. */
function seconds(timeoutSeconds: number): number {
  return Math.max(1, timeoutSeconds - 1);
}
