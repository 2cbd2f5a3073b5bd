import { request as askPlain, type IncomingMessage, type RequestOptions } from "node:http";
import { request as askSecure } from "node:https";
import { isIP } from "node:net";
import { TLSSocket, type PeerCertificate } from "node:tls";
import { reasonOf } from "../refusal.ts";
import type { Answer } from "./ask.ts";

/** The certificate that a page came with. */
export interface Shown {
  subject: string;
  issuer: string;
  until: Date;
  /** Why Node.js, as a browser, would not go on; empty where it would. */
  distrust: string;
}

export interface Visited extends Answer {
  shown?: Shown;
}

/**
 * One page as the public gets it. Whatever its certificate is it is read, and the certificate told. `address` is asked
 * in the place of a name that only this machine can mean: a loopback one, which no DNS knows.
 */
export function visit(url: string, address = ""): Promise<Visited> {
  const { protocol, hostname, host, port, pathname, search } = new URL(url);
  const secure = protocol === "https:";
  const options: RequestOptions & { servername?: string; rejectUnauthorized: false } = {
    host: /^(?:127\.|::1$)/.test(address) ? address : hostname.replace(/^\[|\]$/g, ""),
    port,
    path: pathname + search,
    headers: { host },
    agent: false,
    signal: AbortSignal.timeout(10_000),
    rejectUnauthorized: false,
    ...(secure && isIP(hostname) === 0 && { servername: hostname }),
  };
  return new Promise((resolve) => {
    const asking = (secure ? askSecure : askPlain)(options, (response) => {
      const shown = response.socket instanceof TLSSocket ? shownIn(response.socket) : undefined;
      read(response).then(
        (body) => {
          resolve({ status: response.statusCode ?? 0, body, ...(shown && { shown }) });
        },
        (error: unknown) => {
          resolve({ status: 0, body: reasonOf(error) });
        },
      );
    });
    asking.on("error", (error) => {
      resolve({ status: 0, body: error.message });
    });
    asking.end();
  });
}

async function read(response: IncomingMessage): Promise<string> {
  const { statusCode = 0 } = response;
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += String(chunk);
  return statusCode >= 200 && statusCode < 300 ? "" : body;
}

function shownIn(socket: TLSSocket): Shown {
  const { subject, issuer, valid_to } = socket.getPeerCertificate();
  return {
    subject: nameIn(subject),
    issuer: nameIn(issuer),
    until: new Date(valid_to),
    distrust: socket.authorized ? "" : String(socket.authorizationError),
  };
}

function nameIn({ O, CN }: PeerCertificate["subject"]): string {
  return [O, CN].filter((part) => part !== undefined).join(" ");
}
