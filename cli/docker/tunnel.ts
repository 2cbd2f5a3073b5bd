import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import type Docker from "dockerode";

/** A way from this machine's loopback to a port that nothing publishes. */
export interface TunnelArgs {
  docker: Docker;
  /** Container on the same network that has bash; a proxy's image does. */
  container: string;
  /** Service and port inside. */
  host: string;
  port: number;
  /** Port on loopback, 0 for any free one. */
  local: number;
}

export interface Tunnel {
  port: number;
  close(): Promise<void>;
}

/**
 * Bash's own /dev/tcp, so that no image needs a further program. A background command would read from /dev/null,
 * hence the copy of standard input; what comes back ends the connection.
 */
const bridge = `exec 3<>"/dev/tcp/$0/$1" 4<&0 || exit 7
cat <&3 & back=$!
{ cat <&4 >&3; sleep 60; kill $back; } >/dev/null 2>&1 &
wait $back; kill $! 2>/dev/null`;

/**
 * Listens on 127.0.0.1 and carries each connection through Docker's own, which reaches every host kind: no port is
 * published for it, and nothing of it stays. Rejects when the port is taken.
 */
export async function openTunnel({ docker, container, host, port, local }: TunnelArgs): Promise<Tunnel> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket)).on("error", () => socket.destroy());
    carry(docker, container, [host, String(port)], socket).catch(() => socket.destroy());
  });
  await listen(server, local);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of open) socket.destroy();
      }),
  };
}

async function carry(docker: Docker, container: string, address: string[], socket: Socket): Promise<void> {
  const run = await docker.getContainer(container).exec({
    Cmd: ["bash", "-c", bridge, ...address],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await run.start({ hijack: true, stdin: true });
  const complaints = new PassThrough().resume();
  docker.modem.demuxStream(stream, socket, complaints);
  socket.pipe(stream);
  stream.on("end", () => socket.end()).on("error", () => socket.destroy());
  socket.on("close", () => stream.destroy());
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
