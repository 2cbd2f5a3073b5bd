import { createSocket } from "node:dgram";
import { once } from "node:events";

/** Response, recursion desired and available, no such name (RFC 1035, 4.1.1). */
const noSuchName = [0x81, 0x83];
const headLength = 12;

/** A name server at port 53 of this address to which every name is unknown. It ends with the scope that holds it. */
export async function nameless(address: string): Promise<AsyncDisposable> {
  const socket = createSocket("udp4");
  socket.on("message", (query, asker) => {
    const answer = Buffer.from(query);
    answer.set(noSuchName, 2);
    // Of the question alone: no answer, no authority, nothing more.
    answer.fill(0, 6, headLength);
    socket.send(answer, asker.port, asker.address);
  });
  socket.bind(53, address);
  await once(socket, "listening");
  return {
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}
