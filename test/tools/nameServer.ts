import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";

/** Types of records (RFC 1035, 3.2.2). */
const [a, soa, txt] = [1, 6, 16];

/** Answer codes (RFC 1035, 4.1.1). */
const [found, failed, unknown] = [0, 2, 3];

/**
 * A DNS in which every name leads to one address, or, while it is `wrong`, nowhere. Over TCP, as pebble asks, and over
 * UDP at the same port, as lego does.
 */
export class NameServer {
  wrong = false;
  address = "127.0.0.1";
  /** The name whose zone it is, of which a client asks before it changes a record. */
  zone = "";
  /** What TXT records a name has. */
  texts: (name: string) => Promise<string[]> = () => Promise.resolve([]);
  /** Why it couldn't answer. */
  readonly failures: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly socket: Socket,
  ) {
    server.on("connection", (connection) => {
      connection.on("error", () => connection.destroy());
      // Two bytes say how long a message is (RFC 1035, 4.2.2), and a question comes in one piece.
      connection.on("data", (message) => {
        void this.answer(message.subarray(2)).then((answer) => {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(answer.length);
          connection.end(Buffer.concat([length, answer]));
        });
      });
    });
    socket.on("message", (message, asker) => {
      void this.answer(message).then((answer) => {
        socket.send(answer, asker.port, asker.address);
      });
    });
  }

  /** At any port, or at this one. */
  static async open(host: string, port = 0): Promise<NameServer> {
    for (;;) {
      const server = createServer().listen(port, host);
      await once(server, "listening");
      const socket = createSocket("udp4");
      const bound = await new Promise<boolean>((resolve) => {
        socket.once("error", () => {
          resolve(false);
        });
        socket.bind((server.address() as AddressInfo).port, host, () => {
          resolve(true);
        });
      });
      if (bound) return new NameServer(server, socket);
      server.close();
      socket.close();
      if (port !== 0) throw new Error(`port ${port} of ${host}: must be free`);
    }
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    this.socket.close();
  }

  /** RFC 1035, 4.1: header, the question as it came, and the records that it asks for. */
  private async answer(message: Buffer): Promise<Buffer> {
    const end = message.indexOf(0, 12) + 5;
    const question = message.subarray(12, end);
    const type = question.readUInt16BE(question.length - 4);
    const records = await this.records(nameIn(question), type).catch((error: unknown) => {
      this.failures.push(String(error));
      return undefined;
    });
    const code = this.wrong ? unknown : records === undefined ? failed : found;
    const header = Buffer.from(message.subarray(0, 12));
    header.writeUInt16BE(0x8580 | code, 2);
    for (const [index, count] of [1, records?.length ?? 0, 0, 0].entries())
      header.writeUInt16BE(count, 4 + 2 * index);
    return Buffer.concat([header, question, ...(records ?? []).map((data) => record(type, data))]);
  }

  private async records(name: string, type: number): Promise<Buffer[]> {
    if (this.wrong) return [];
    if (type === a) return [Buffer.from(this.address.split(".").map(Number))];
    if (type === soa && name === this.zone) return [authority()];
    if (type !== txt) return [];
    return (await this.texts(name)).map((text) =>
      Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]),
    );
  }
}

function nameIn(question: Buffer): string {
  const labels: string[] = [];
  for (let index = 0, length = question[0] ?? 0; length > 0; length = question[index] ?? 0) {
    labels.push(question.toString("latin1", index + 1, index + 1 + length));
    index += length + 1;
  }
  return labels.join(".").toLowerCase();
}

/** Of the name that was asked for, of class IN, and not to be kept (RFC 1035, 3.2.1). */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** The start of an authority whose server and mailbox are the zone's own name: nobody asks for them here. */
function authority(): Buffer {
  const numbers = Buffer.alloc(20);
  return Buffer.concat([Buffer.from([0xc0, 12, 0xc0, 12]), numbers]);
}
