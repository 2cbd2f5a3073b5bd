import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { startAws } from "./moto.ts";

/** Amazon Route 53 with one zone, and one user who may change it. */
export interface Route53 {
  /** For containers of this machine. */
  url: string;
  /** The user's variables, as Amazon's clients name them. */
  key: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
  /** What that user has asked for, as IAM names it. */
  actions: Set<string>;
  /** Contents of the TXT records of a name. */
  texts(name: string): Promise<string[]>;
  close(): void;
}

/** The calls of its API by method and path (https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations_Amazon_Route_53.html). */
const calls: [action: string, form: RegExp][] = [
  ["ListHostedZonesByName", /^GET \/2013-04-01\/hostedzonesbyname$/],
  ["ListResourceRecordSets", /^GET \/2013-04-01\/hostedzone\/\w+\/rrset$/],
  ["ChangeResourceRecordSets", /^POST \/2013-04-01\/hostedzone\/\w+\/rrset\/?$/],
  ["GetChange", /^GET \/2013-04-01\/change\/\w+$/],
];

const xmlns = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"';

/**
 * moto holds the zone. It gives itself no proof of who asks, so what stands before it, at `host`, checks each signature
 * as AWS does, and refuses with AWS's words.
 */
export async function startRoute53(host: string, zone: string): Promise<Route53> {
  const aws = await startAws();
  const made = await ask("POST", "/2013-04-01/hostedzone", [
    `<CreateHostedZoneRequest ${xmlns}><Name>${zone}</Name>`,
    "<CallerReference>test</CallerReference></CreateHostedZoneRequest>",
  ]);
  const [, id = ""] = /<Id>\/hostedzone\/(\w+)<\/Id>/.exec(made) ?? [];
  const key = {
    AWS_ACCESS_KEY_ID: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
    AWS_SECRET_ACCESS_KEY: randomBytes(30).toString("base64"),
  };
  const actions = new Set<string>();
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    key,
    actions,
    async texts(name) {
      const found = await ask("GET", `/2013-04-01/hostedzone/${id}/rrset?type=TXT&name=${name}`);
      const sets = found.split("<ResourceRecordSet>").filter((set) => set.includes(`<Name>${name}.</Name>`));
      return sets.flatMap((set) =>
        [...set.matchAll(/<Value>(?:"|&quot;)([^<"&]*)(?:"|&quot;)<\/Value>/g)].map(
          ([, value = ""]) => value,
        ),
      );
    },
    close() {
      server.closeAllConnections();
      server.close();
      aws.close();
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const body = await text(request);
    const problem = refusal(request, body, key);
    const [path = ""] = url.split("?");
    const action = calls.find(([, form]) => form.test(`${method} ${path}`))?.[0] ?? `${method} ${path}`;
    const say = (status: number, given: string) => {
      response.writeHead(status, { "content-type": "text/xml" }).end(given);
    };
    if (problem !== undefined) {
      say(403, refused(...problem));
      return;
    }
    actions.add(`route53:${action}`);
    await ask(method, url, [body]).then(
      (given) => {
        say(200, given);
      },
      (error: unknown) => {
        say(500, String(error));
      },
    );
  }

  /** By whom it is asked is nothing to moto: it takes the region and the service's name from the signature's place. */
  async function ask(method: string, path: string, body: readonly string[] = []): Promise<string> {
    const authorization =
      "AWS4-HMAC-SHA256 Credential=moto/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0";
    const response = await fetch(aws.url + path, {
      method,
      headers: { authorization },
      ...(method === "POST" && { body: body.join("") }),
    });
    if (!response.ok)
      throw new Error(`moto answered ${response.status} to ${method} ${path}: ${await response.text()}`);
    return response.text();
  }
}

function refused(code: string, message: string): string {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return `<ErrorResponse ${xmlns}>${error}<RequestId>test</RequestId></ErrorResponse>`;
}

/** Why AWS would refuse who asks (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). */
function refusal(
  { method = "", url = "", headers }: IncomingMessage,
  body: string,
  key: Route53["key"],
): [code: string, message: string] | undefined {
  const form = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const [, credential = "", signed = "", signature = ""] = form.exec(headers.authorization ?? "") ?? [];
  const [id, ...scope] = credential.split("/");
  if (id !== key.AWS_ACCESS_KEY_ID)
    return ["InvalidClientTokenId", "The security token included in the request is invalid."];
  const [path = "", query = ""] = url.split("?");
  const lines = signed.split(";").map((name) => `${name}:${String(headers[name]).trim()}`);
  const request = [method, path, query.split("&").sort().join("&"), ...lines, "", signed, hash(body)];
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope.join("/"), hash(request.join("\n"))];
  const secret = scope.reduce<string | Buffer>(
    (so, part) => createHmac("sha256", so).update(part).digest(),
    `AWS4${key.AWS_SECRET_ACCESS_KEY}`,
  );
  const right = createHmac("sha256", secret).update(text.join("\n")).digest();
  const given = Buffer.from(signature, "hex");
  return given.length === right.length && timingSafeEqual(given, right)
    ? undefined
    : [
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided.",
      ];
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
