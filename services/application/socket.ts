import type * as pulumi from "@pulumi/pulumi";
import type { Mount } from "../../components/containers/containerSpec.ts";
import type { HealthCheck } from "../../components/containers/health.ts";

/**
 * A volume of unix sockets that an application and its proxy share, one socket a container. A container is found by
 * what it calls itself, which no other does, so the old and the new ones of a release serve side by side.
 */
export interface SocketFolder {
  /** The same in both. */
  folder: string;
  volume: pulumi.Input<string>;
}

/** As a mount, read-only: connecting to a socket needs no more. */
export function mountOf({ folder, volume }: SocketFolder): Mount {
  return { target: folder, volume };
}

/** A server's command, told to listen on its container's own socket; `--bind` is gunicorn's word for it. */
export function onSocket(folder: string, command: readonly string[]): string[] {
  return ["sh", "-c", `exec "$@" --bind "unix:${socketPath(folder, "$HOSTNAME")}"`, "sh", ...command];
}

/** The server as a proxy writes it. */
export function socketServer(folder: string, hostname: string): string {
  return `unix:${socketPath(folder, hostname)}`;
}

/** Asks through the socket, with curl or Python, whichever the image has. */
export function socketHealth(folder: string, path: string, startSeconds?: number): HealthCheck {
  const socket = `"${socketPath(folder, "$HOSTNAME")}"`;
  const curl = `command -v curl >/dev/null && exec curl -fsS -o /dev/null -m 4 --unix-socket ${socket} http://localhost${path}`;
  const program = [
    "import socket, sys",
    "s = socket.socket(socket.AF_UNIX)",
    "s.settimeout(4)",
    "s.connect(sys.argv[1])",
    `s.sendall(b"GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n")`,
    'sys.exit(b" 200 " not in s.recv(64))',
  ].join("; ");
  return { test: ["CMD-SHELL", `${curl}; exec python3 -c '${program}' ${socket}`], startSeconds };
}

function socketPath(folder: string, hostname: string): string {
  return `${folder}/${hostname}.sock`;
}
