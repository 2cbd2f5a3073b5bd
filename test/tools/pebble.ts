import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createFront, request, type Server as Front } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll } from "../../toolchain/build.ts";
import { builtFolder, has, toolsFolder } from "../../toolchain/cache.ts";
import { checkGo } from "../../toolchain/go.ts";
import type { Tool } from "../../toolchain/tools.ts";
import type { TestCa } from "./certificates.ts";
import { docker } from "./docker.ts";
import { NameServer } from "./nameServer.ts";
import { freePort } from "./stack.ts";
import { until } from "./wait.ts";

const tool: Tool = {
  name: "pebble",
  title: "pebble",
  version: "2.10.3",
  folder: join(import.meta.dirname, "pebble"),
  build: ["-ldflags", "-s -w", "github.com/letsencrypt/pebble/v2/cmd/pebble"],
  file: "pebble",
};

const quiet = { note: () => undefined, done: () => undefined, skip: () => undefined, fail: () => undefined };

/** Why there can't be one here: it is built by Go, the first time. */
export async function noPebble(): Promise<string | undefined> {
  if (has(builtFolder(tool), tool)) return undefined;
  await mkdir(toolsFolder, { recursive: true });
  return checkGo(toolsFolder).then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

/** Let's Encrypt's small ACME CA for tests, as a process of this machine, and a DNS that it believes. */
export class Pebble {
  private child?: ChildProcess;
  /** What it has written so far. */
  log = "";
  /** The limit of a CA is reached: until this time each order is refused. */
  limited?: Date;
  private front?: Front;

  private constructor(
    /** URL of its directory, for containers of this machine. */
    readonly directory: string,
    private readonly folder: string,
    private readonly management: number,
    private readonly gateway: string,
    /** Reached by containers too. */
    readonly dns: NameServer,
  ) {}

  /**
   * `httpPort` is where it looks for answers; `ca` signs its own certificate. It listens at this machine's address on
   * Docker's own bridge, or at `gateway` on that of stand-ins, which have a bridge of the same address inside. With
   * `eab` an account needs that binding.
   */
  static async start(
    ca: TestCa,
    httpPort: number,
    { gateway: given, eab }: { gateway?: string | undefined; eab?: { kid: string; hmac: string } } = {},
  ): Promise<Pebble> {
    await buildAll([{ tool, step: quiet }]);
    const gateway = given ?? (await bridgeGateway());
    const pair = await ca.issue([`IP:${gateway}`]);
    const folder = await mkdtemp(join(tmpdir(), "berth-pebble-"));
    const [port, inner, management] = [await freePort(), await freePort(), await freePort()];
    const [certificate, privateKey] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    await writeFile(certificate, pair.certificate + ca.intermediate);
    await writeFile(privateKey, pair.key);
    const pebble = {
      ...{ listenAddress: `127.0.0.1:${inner}`, managementListenAddress: `127.0.0.1:${management}` },
      ...{ certificate, privateKey, httpPort, tlsPort: 1, keyAlgorithm: "ecdsa" },
      ...(eab && { externalAccountBindingRequired: true, externalAccountMACKeys: { [eab.kid]: eab.hmac } }),
      // A client asks again after so many seconds.
      retryAfter: { authz: 1, order: 1 },
      profiles: { default: { description: "90 days", validityPeriod: 7_776_000 } },
    };
    await writeFile(join(folder, "config.json"), JSON.stringify({ pebble }));
    const dns = await NameServer.open(gateway);
    const made = new Pebble(`https://${gateway}:${port}/dir`, folder, management, gateway, dns);
    made.front = frontOf(made, inner, { cert: pair.certificate + ca.intermediate, key: pair.key });
    await made.up();
    return made;
  }

  /** Address and port of its DNS. */
  get resolver(): string {
    return `${this.gateway}:${this.dns.port}`;
  }

  async up(): Promise<void> {
    const words = ["-config", join(this.folder, "config.json"), "-dnsserver", this.resolver];
    // Otherwise it waits up to 15 s before it looks, refuses every twentieth request to see what becomes of it, and asks
    // nothing of every second name that has answered before.
    const env = {
      ...process.env,
      ...{ PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0", PEBBLE_AUTHZREUSE: "0" },
    };
    this.child = spawn(join(builtFolder(tool), tool.file), words, { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    await until("pebble listens", 60, () => this.manage("/roots/0").then(() => true));
    const { hostname, port } = new URL(this.directory);
    await new Promise<void>((resolve, reject) => {
      this.front?.once("error", reject).listen(Number(port), hostname, resolve);
    });
  }

  down(): Promise<void> {
    const { child } = this;
    this.front?.close();
    this.front?.closeAllConnections();
    if (child?.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once("exit", () => {
        resolve();
      });
      child.kill();
    });
  }

  /** The root that it signs with; another one each time it comes up. */
  root(): Promise<string> {
    return this.manage("/roots/0");
  }

  /** Certificates that it has issued. */
  get issued(): number {
    return this.log.split("Issued certificate serial").length - 1;
  }

  /** Has it say of a certificate, given as DER, that it is to be renewed now. */
  async renewNow(der: Buffer): Promise<void> {
    const day = 86_400_000;
    const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
    const certificate = ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
    const [start, end] = [2, 1].map((days) => new Date(Date.now() - days * day).toISOString());
    const answer = JSON.stringify({ suggestedWindow: { start, end } });
    await this.manage("/set-renewal-info/", JSON.stringify({ certificate, ariResponse: answer }));
  }

  async close(): Promise<void> {
    await this.down();
    this.dns.close();
    await rm(this.folder, { recursive: true });
  }

  private manage(path: string, body?: string): Promise<string> {
    const where = { host: "127.0.0.1", port: this.management, path, rejectUnauthorized: false, agent: false };
    const headers = { "user-agent": "berth-test" };
    return new Promise((resolve, reject) => {
      const asking = request(
        { ...where, headers, method: body === undefined ? "GET" : "POST" },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.on("end", () => {
            if (response.statusCode === 200) resolve(text);
            else reject(new Error(`pebble answered ${response.statusCode} ${text}`));
          });
        },
      );
      asking.on("error", reject);
      asking.end(body);
    });
  }
}

/**
 * What clients of pebble ask. It has no limits, so this refuses orders as Let's Encrypt words it
 * (https://letsencrypt.org/docs/rate-limits), and hands on all else.
 */
function frontOf(pebble: Pebble, port: number, pair: { cert: string; key: string }): Front {
  return createFront(pair, (question, answer) => {
    const { method, headers, url = "/" } = question;
    if (pebble.limited !== undefined && url === "/order-plz") {
      const time = `${pebble.limited.toISOString().slice(0, 19).replace("T", " ")} UTC`;
      const detail = `too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after ${time}`;
      const problem = { type: "urn:ietf:params:acme:error:rateLimited", detail, status: 429 };
      const seconds = Math.ceil((pebble.limited.getTime() - Date.now()) / 1000);
      answer.writeHead(429, { "content-type": "application/problem+json", "retry-after": String(seconds) });
      answer.end(JSON.stringify(problem));
      return;
    }
    const where = { host: "127.0.0.1", port, method, path: url, headers };
    const asking = request({ ...where, rejectUnauthorized: false, agent: false }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    asking.on("error", () => answer.destroy());
    question.pipe(asking);
  });
}

/** Where containers of any bridge network reach this machine. */
export async function bridgeGateway(): Promise<string> {
  const { IPAM } = (await docker.getNetwork("bridge").inspect()) as {
    IPAM: { Config: { Gateway?: string; Subnet: string }[] };
  };
  const [first] = IPAM.Config;
  return first?.Gateway ?? first?.Subnet.replace(/0\/\d+$/, "1") ?? "172.17.0.1";
}
