import { createVerify, generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TestCa } from "./certificates.ts";
import { Refusal, type Fields } from "./googleCloud/call.ts";
import { Dns } from "./googleCloud/dns.ts";

/** Google Cloud DNS with one zone of a project, and one service account. */
export interface CloudDns {
  /** A proxy that leads to it under Google's own name: its clients know no other. */
  proxy: string;
  /** The account's key, as Google hands it out. */
  key: string;
  /** Contents of the TXT records of a name. */
  texts(name: string): string[];
  close(): void;
}

const project = "my-project-1";

/** Whose clients trust what `ca` signs. */
export async function startCloudDns(ca: TestCa, host: string, zone: string): Promise<CloudDns> {
  const dns = new Dns();
  const call = (method: string, path: string, body: Fields = {}) =>
    dns.answer({
      method,
      path: `projects/${project}/${path}`,
      version: "v1",
      query: new URLSearchParams(),
      body,
    });
  call("POST", "managedZones", { name: "zone", dnsName: `${zone}.` });
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const token = `ya29.${randomBytes(20).toString("hex")}`;
  const { certificate, key } = await ca.issue(["dns.googleapis.com"]);
  const google = createSecure({ cert: certificate + ca.intermediate, key }, (request, response) => {
    void answer(request, response);
  });
  const server = createServer((request, response) => {
    void exchange(request, response);
  });
  server.on("connect", (request, socket) => {
    if (request.url !== "dns.googleapis.com:443") {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    google.emit("connection", socket);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const proxy = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    proxy,
    key: JSON.stringify({
      type: "service_account",
      project_id: project,
      private_key_id: "1",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      client_email: `dns@${project}.iam.gserviceaccount.com`,
      token_uri: `${proxy}/token`,
    }),
    texts(name) {
      const { rrsets } = call("GET", "managedZones/zone/rrsets") as {
        rrsets: { name: string; type: string; rrdatas: string[] }[];
      };
      const own = rrsets.filter((one) => one.name === `${name}.` && one.type === "TXT");
      return own.flatMap(({ rrdatas }) => rrdatas.map((value) => value.replaceAll('"', "")));
    },
    close() {
      server.closeAllConnections();
      server.close();
      google.closeAllConnections();
    },
  };

  /** A signed assertion for a token (RFC 7523). */
  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = new URLSearchParams(await text(request));
    const [head = "", claims = "", signature = ""] = (given.get("assertion") ?? "").split(".");
    const signed =
      given.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
      createVerify("RSA-SHA256")
        .update(`${head}.${claims}`)
        .verify(publicKey, Buffer.from(signature, "base64url"));
    if (signed) say(response, 200, { access_token: token, expires_in: 3599, token_type: "Bearer" });
    else say(response, 400, { error: "invalid_grant", error_description: "Invalid JWT Signature." });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request);
    const { pathname, searchParams } = new URL(request.url ?? "", "https://dns.googleapis.com");
    try {
      if (request.headers.authorization !== `Bearer ${token}`)
        throw new Refusal(401, "authError", "Invalid Credentials");
      const body = sent === "" ? {} : (JSON.parse(sent) as Fields);
      const path = pathname.replace(/^\/dns\/v1\//, "");
      const { method = "" } = request;
      say(response, 200, dns.answer({ method, path, version: "v1", query: searchParams, body }));
    } catch (error) {
      const { code, reason, message } =
        error instanceof Refusal ? error : new Refusal(500, "backendError", String(error));
      say(response, code, { error: { code, message, errors: [{ message, domain: "global", reason }] } });
    }
  }
}

function say(response: ServerResponse, code: number, body: Fields): void {
  response.writeHead(code, { "content-type": "application/json; charset=UTF-8" }).end(JSON.stringify(body));
}
