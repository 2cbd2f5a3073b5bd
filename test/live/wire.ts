import { request, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { connect, type Socket } from "node:net";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One request on a connection of its own; unlike fetch it takes any Host and follows nothing. */
export function ask(url: string, options: RequestOptions = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { agent: false, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
      response.on("error", reject);
    });
    sending.on("error", reject);
    sending.end(body);
  });
}

/** Sends bytes as they are, and gives what came back until the other side closed, or 10 s after the last byte. */
export function sendRaw(address: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(80, address, () => socket.write(text, "latin1"));
    let answer = "";
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on("data", (part: Buffer) => (answer += part.toString("latin1")));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      resolve(answer);
    });
  });
}

/** Seconds until the other side closes a connection that `begin` uses; it gives up after 20. */
export function secondsUntilClosed(address: string, begin: (socket: Socket) => void): Promise<number> {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect(80, address, () => {
      begin(socket);
    });
    const tick = setTimeout(() => socket.destroy(), 20_000);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(tick);
      resolve((performance.now() - began) / 1000);
    });
  });
}

/** An open websocket to an upstream that echoes; frames are not looked into. */
export class Echo {
  private constructor(private readonly socket: Socket) {}

  static open(address: string): Promise<Echo> {
    const key = Buffer.from("0123456789abcdef").toString("base64");
    const head = ["GET /ws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"];
    const rest = [`Sec-WebSocket-Key: ${key}`, "Sec-WebSocket-Version: 13", "", ""];
    return new Promise((resolve, reject) => {
      const socket = connect(80, address, () => socket.write([...head, ...rest].join("\r\n")));
      socket.on("error", reject);
      socket.once("data", (part: Buffer) => {
        const status = part.toString().split("\r\n", 1)[0] ?? "";
        if (status.startsWith("HTTP/1.1 101 ")) resolve(new Echo(socket));
        else reject(new Error(status));
      });
    });
  }

  /** What comes back for a text; an error if the connection is gone. */
  say(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.socket.once("close", () => {
        reject(new Error("the websocket is closed"));
      });
      this.socket.once("data", (part: Buffer) => {
        resolve(part.toString());
      });
      this.socket.write(text);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
