import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** This machine's Docker Engine at another socket, telling something else of itself. */
export interface OtherEngine extends AsyncDisposable {
  /** For `DOCKER_HOST`. */
  address: string;
}

const real = (process.env.DOCKER_HOST ?? "").replace("unix://", "") || "/var/run/docker.sock";

/** Passes everything on but `GET /info`, whose answer gets these values. */
export async function otherEngine(info: Record<string, unknown>): Promise<OtherEngine> {
  const folder = await mkdtemp(join(tmpdir(), "berth-engine-"));
  const socket = join(folder, "docker.sock");
  const server = createServer((incoming, answer) => {
    const { method, url, headers } = incoming;
    const onward = request({ socketPath: real, method, path: url, headers }, (given) => {
      if (url?.endsWith("/info")) void retell(given, answer, info);
      else given.pipe(answer.writeHead(given.statusCode ?? 502, given.headers));
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    address: `unix://${socket}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

async function retell(given: IncomingMessage, answer: ServerResponse, info: object): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of given) parts.push(part as Buffer);
  const facts = JSON.parse(Buffer.concat(parts).toString()) as object;
  answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ...facts, ...info }));
}
