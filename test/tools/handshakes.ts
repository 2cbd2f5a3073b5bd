import { request as askPlain } from "node:http";
import { request as askSecure, type RequestOptions as SecureOptions } from "node:https";
import { connect, TLSSocket, type ConnectionOptions, type PeerCertificate } from "node:tls";
import { sleep, until } from "./wait.ts";

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

/** Seconds in which a machine that is busy with other tests still answers. */
const patience = 60;

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
        timeout: patience * 1000,
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
    socket.on("timeout", () => socket.destroy(new Error(`no handshake within ${patience} s`)));
  });
}

/**
 * A handshake with what serves from here on. When nginx reloads, its old workers take connections beside the new ones
 * for a tenth of a second (ngx_master_process_cycle.c), so that one handshake may still show the certificate of before.
 */
export async function settled(shake: () => Promise<Handshake>): Promise<Handshake> {
  let [last, alike] = [await shake(), 1];
  while (alike < 10) {
    await sleep(0.05);
    const next = await shake();
    alike = next.certificate.fingerprint256 === last.certificate.fingerprint256 ? alike + 1 : 1;
    last = next;
  }
  return last;
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
  /** Of the certificate that it came with; empty over HTTP. */
  fingerprint: string;
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
  const options = { ...where, host: "127.0.0.1", agent: false as const, timeout: patience * 1000 };
  return new Promise((resolve, reject) => {
    const asking = ask(options, (response) => {
      let body = "";
      const { socket } = response;
      const fingerprint = socket instanceof TLSSocket ? socket.getPeerCertificate().fingerprint256 : "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, fingerprint });
      });
    });
    asking.on("timeout", () => asking.destroy(new Error(`no answer within ${patience} s`)));
    asking.on("error", reject);
    asking.end();
  });
}

/** Connections that are open at a time: a slow machine makes fewer in a second, and fails none for it. */
const most = 16;

/**
 * New connections until they are told to stop, so many in a second at most, each with a handshake that has to hold and
 * an answer of whatever status: how a service bears the load is for other tests.
 */
export class Handshakes {
  /** How many failed, by reason. */
  readonly failures = new Map<string, number>();
  /** How many held, by the certificate's fingerprint. */
  readonly held = new Map<string, number>();
  private going = true;
  private readonly pending = new Set<Promise<void>>();
  private readonly pacing: Promise<void>;

  constructor(
    private readonly visit: Visit,
    private readonly perSecond: number,
  ) {
    this.pacing = this.pace();
  }

  /** Resolves once a handshake held with another certificate than these, and tells which. */
  async next(seen: readonly string[] = []): Promise<string> {
    return until("a handshake with the next certificate", 180, () =>
      Promise.resolve([...this.held.keys()].find((one) => !seen.includes(one))),
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; ${JSON.stringify([[...this.held], [...this.failures]])}`);
    });
  }

  async stop(): Promise<void> {
    this.going = false;
    await this.pacing;
    await Promise.all(this.pending);
  }

  private async pace(): Promise<void> {
    while (this.going) {
      const one = this.ask();
      this.pending.add(one);
      void one.finally(() => this.pending.delete(one));
      await sleep(1 / this.perSecond);
      if (this.pending.size >= most) await Promise.race(this.pending);
    }
  }

  private async ask(): Promise<void> {
    await page(this.visit).then(
      ({ fingerprint }) => this.held.set(fingerprint, (this.held.get(fingerprint) ?? 0) + 1),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
      },
    );
  }
}
