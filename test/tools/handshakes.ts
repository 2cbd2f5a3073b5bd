import { request as askPlain } from "node:http";
import { request as askSecure, type RequestOptions as SecureOptions } from "node:https";
import { connect, type ConnectionOptions, type PeerCertificate } from "node:tls";

export interface Visit {
  port: number;
  /** By which name the system is called; it needs no DNS. */
  name: string;
  /** Roots that are trusted, as PEM. @default what Node.js trusts */
  ca?: string;
  /** @default "http/1.1" */
  protocol?: string;
}

export interface Handshake {
  /** Why no browser would go on; empty where one would. */
  distrust: string;
  protocol: string | false | null;
  cipher: string;
  certificate: PeerCertificate;
  /** Certificates that came, the site's own among them. */
  length: number;
}

/** One handshake with what listens on this machine's loopback. Rejects where there is none. */
export function handshake({ port, name, ca, protocol = "http/1.1" }: Visit, more: ConnectionOptions = {}) {
  return new Promise<Handshake>((resolve, reject) => {
    const socket = connect(
      {
        host: "127.0.0.1",
        port,
        servername: name,
        ca,
        ALPNProtocols: [protocol],
        rejectUnauthorized: false,
        timeout: 10_000,
        ...more,
      },
      () => {
        const certificate = socket.getPeerCertificate(true);
        resolve({
          distrust: socket.authorized ? "" : String(socket.authorizationError),
          protocol: socket.alpnProtocol,
          cipher: socket.getCipher().standardName,
          certificate,
          length: chainLength(certificate),
        });
        socket.end();
      },
    );
    socket.on("error", reject);
    socket.on("timeout", () => socket.destroy(new Error("no handshake within 10 s")));
  });
}

/** Node.js builds a chain from what came and from the roots it knows; a root is its own issuer. */
function chainLength(certificate: PeerCertificate): number {
  let count = 0;
  let one = certificate as { fingerprint256?: string; issuerCertificate?: PeerCertificate };
  const seen = new Set<string>();
  while (one.fingerprint256 !== undefined && !seen.has(one.fingerprint256)) {
    seen.add(one.fingerprint256);
    count += 1;
    one = one.issuerCertificate ?? {};
  }
  return count;
}

export interface Page {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A page of that name over HTTPS, each on a connection of its own. Nothing is retried, and distrust is an error. */
export function page({ port, name, ca }: Visit, path = "/"): Promise<Page> {
  const host = port === 443 ? name : `${name}:${port}`;
  return answer(askSecure, { port, path, headers: { host }, servername: name, ca });
}

/** A page over HTTP, of the host that is named. */
export function plainPage(port: number, host: string, path = "/"): Promise<Page> {
  return answer(askPlain, { port, path, headers: { host } });
}

function answer(ask: typeof askPlain, where: SecureOptions): Promise<Page> {
  const options = { ...where, host: "127.0.0.1", agent: false as const, timeout: 10_000 };
  return new Promise((resolve, reject) => {
    const asking = ask(options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    asking.on("timeout", () => asking.destroy(new Error("no answer within 10 s")));
    asking.on("error", reject);
    asking.end();
  });
}

/** New connections at a steady rate until they are told to stop, each with a handshake that has to hold and a page. */
export class Handshakes {
  readonly failures = new Map<string, number>();
  count = 0;
  private going = true;
  private readonly pending = new Set<Promise<void>>();
  private readonly pacing: Promise<void>;

  constructor(
    private readonly visit: Visit,
    private readonly path: string,
    private readonly perSecond: number,
  ) {
    this.pacing = this.pace();
  }

  async stop(): Promise<void> {
    this.going = false;
    await this.pacing;
    await Promise.all(this.pending);
  }

  private async pace(): Promise<void> {
    while (this.going) {
      const one = this.ask().catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
      });
      this.pending.add(one);
      void one.finally(() => this.pending.delete(one));
      await new Promise((resolve) => setTimeout(resolve, 1000 / this.perSecond));
    }
  }

  private async ask(): Promise<void> {
    this.count += 1;
    const { status } = await page(this.visit, this.path);
    if (status !== 200) throw new Error(`status ${status}`);
  }
}
