import { connect, type Socket } from "node:net";
import type { Standin } from "./standin.ts";

/** Ports looked at together, and milliseconds until a silent one counts as closed. */
const together = 12_288;
const silence = 1500;

/** Which TCP ports of a machine accept a connection, of all 65,535 or of those given. */
export async function openPorts(address: string, ports: readonly number[] = allPorts): Promise<number[]> {
  const open: number[] = [];
  let next = 0;
  const look = async (): Promise<void> => {
    for (let port = ports[next++]; port !== undefined; port = ports[next++]) {
      if (await accepts(address, port)) open.push(port);
    }
  };
  await Promise.all(Array.from({ length: together }, look));
  return open.sort((a, b) => a - b);
}

/**
 * The ports that a program of a machine listens on and those that Docker leads to a container: of all 65,535, each of
 * which costs a connection to look at, no other can be open.
 */
export async function takenPorts(standin: Pick<Standin, "exec">): Promise<number[]> {
  const listening = "ss -Hltn | awk '{ print $4 }' | sed 's/.*://'";
  const led = "iptables -t nat -S | grep -o -- '--dport [0-9]*' | cut -d ' ' -f 2";
  const found = (await standin.exec(`${listening}; ${led}`)).split("\n").map(Number);
  return [...new Set(found)];
}

const allPorts = Array.from({ length: 65535 }, (_, index) => index + 1);

export function accepts(address: string, port: number, patience = silence): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: patience });
    socket.once("connect", () => {
      end(socket, true, resolve);
    });
    socket.once("error", () => {
      end(socket, false, resolve);
    });
    // On a busy machine the answer may be here, and only not heard yet.
    socket.once("timeout", () => {
      setImmediate(() => {
        end(socket, socket.readyState === "open", resolve);
      });
    });
  });
}

function end(socket: Socket, answer: boolean, resolve: (answer: boolean) => void): void {
  socket.destroy();
  resolve(answer);
}
