import { createSign, createVerify, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** What answers for Google in tests: no emulator of Secret Manager exists. */
export interface Google {
  /** What makes Google's client use it, as who runs in a CI service that Google trusts. */
  environment: Record<string, string>;
  /** Secrets by `projects/<project>/secrets/<name>`, each version's content in its order. */
  secrets: Record<string, Buffer[]>;
  /** What it refuses to give, by name: status, Google's word for it, and why. */
  refusals: Record<string, [code: number, status: string, reason?: string]>;
  /** Paths that were asked for with a token that it gave. */
  requests: string[];
  close(): Promise<void>;
}

const audience =
  "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/providers/ci";
const token = "ya29.of-this-test";

/**
 * Speaks two of Google's documented calls: the exchange of a CI service's signed token for one of Google's
 * (https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token), whose signature it checks, and
 * https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access. Google's library has
 * the address where a service account's key is exchanged built in; of a workload identity the file of credentials has it.
 */
export async function startGoogle(): Promise<Google> {
  const folder = await mkdtemp(join(tmpdir(), "berth-google-"));
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secrets: Google["secrets"] = {};
  const refusals: Google["refusals"] = {};
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [file, subject] = [join(folder, "credentials.json"), join(folder, "token")];
  await writeFile(subject, signed({ sub: "repo:acme/shop", exp: Date.now() / 1000 + 600 }, privateKey));
  await writeFile(
    file,
    JSON.stringify({
      type: "external_account",
      audience,
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${url}/v1/token`,
      credential_source: { file: subject },
    }),
  );
  return {
    environment: {
      GOOGLE_APPLICATION_CREDENTIALS: file,
      GOOGLE_CLOUD_PROJECT: "my-project-1",
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: `${url}/`,
    },
    secrets,
    refusals,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (code: number, body: object): void => {
      const type = { "content-type": "application/json; charset=UTF-8" };
      response.writeHead(code, type).end(JSON.stringify(body));
    };
    const refuse = (code: number, status: string, reason?: string): void => {
      const type = "type.googleapis.com/google.rpc.ErrorInfo";
      const details = reason === undefined ? [] : [{ "@type": type, reason }];
      say(code, { error: { code, message: "refused", status, details } });
    };
    const path = request.url ?? "";
    if (request.method === "POST" && path === "/v1/token") {
      if (isSigned(await text(request)))
        say(200, {
          access_token: token,
          issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
          expires_in: 3599,
          token_type: "Bearer",
        });
      else say(400, { error: "invalid_grant", error_description: "The subject token is not signed." });
      return;
    }
    if (request.headers.authorization !== `Bearer ${token}`) {
      refuse(401, "UNAUTHENTICATED");
      return;
    }
    requests.push(path);
    const form = /^\/v1\/(projects\/[^/]+\/secrets\/[^/]+)\/versions\/(\w+):access$/;
    const [, name = "", version = ""] = form.exec(path) ?? [];
    const refusal = refusals[name];
    const versions = secrets[name] ?? [];
    const number = version === "latest" ? versions.length : Number(version);
    const content = versions[number - 1];
    if (refusal !== undefined) refuse(...refusal);
    else if (content === undefined) refuse(404, "NOT_FOUND");
    else say(200, { name: `${name}/versions/${number}`, payload: { data: content.toString("base64") } });
  }

  /** RFC 8693: for whom it is, not too old, and signed with the CI service's key. */
  function isSigned(body: string): boolean {
    const given = new URLSearchParams(body);
    const [head = "", claims = "", signature = ""] = (given.get("subject_token") ?? "").split(".");
    const { exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { exp?: number };
    return (
      given.get("grant_type") === "urn:ietf:params:oauth:grant-type:token-exchange" &&
      given.get("audience") === audience &&
      given.get("scope") === "https://www.googleapis.com/auth/cloud-platform" &&
      (exp ?? 0) > Date.now() / 1000 &&
      createVerify("RSA-SHA256")
        .update(`${head}.${claims}`)
        .verify(publicKey, Buffer.from(signature, "base64url"))
    );
  }
}

/** A JSON Web Token. */
function signed(claims: object, key: KeyObject): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  return `${body}.${createSign("RSA-SHA256").update(body).sign(key, "base64url")}`;
}
