import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startAws } from "../moto.ts";
import { Buckets } from "./buckets.ts";
import { action, listed, Refusal, type Call, type Reply } from "./call.ts";
import { Endpoints } from "./endpoints.ts";
import { holdings, type Ask } from "./holdings.ts";
import { checkUse } from "./inUse.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Mend } from "./mend.ts";
import { Monitors } from "./monitors.ts";

/** What answers for AWS's APIs in tests, as far as a machine's graph asks them. */
export interface AmazonCloud {
  url: string;
  /** What makes the genuine plugin use it, and nothing of AWS's. */
  environment: Record<string, string>;
  /** What a stack made and that is to be gone with it, such as `vpc-0abc`. */
  left(): Promise<string[]>;
  /** Kinds of calls that are refused, such as `CreateVolume`, and how. */
  refusals: Map<string, Refusal>;
  /** What it was asked for and doesn't know, an oversight of ours or moto's. */
  unknown: string[];
  close(): void;
}

/** Debian's images, which moto has none of. */
const images = ["amd64", "arm64"].map((processor, index) => ({
  ami_id: `ami-0debian${index}`,
  name: `debian-12-${processor}-20260101-1`,
  description: "Debian 12",
  owner_id: "136693071363",
  public: true,
  virtualization_type: "hvm",
  architecture: processor === "amd64" ? "x86_64" : "arm64",
  state: "available",
  platform: null,
  image_type: "machine",
  hypervisor: "xen",
  root_device_name: "/dev/xvda",
  root_device_type: "ebs",
  sriov: "simple",
}));

/** An account with nothing in it but what AWS puts there, held by moto. */
export async function startAmazonCloud(): Promise<AmazonCloud> {
  const folder = await mkdtemp(join(tmpdir(), "berth-aws-"));
  const known = join(folder, "images.json");
  await writeFile(known, JSON.stringify(images));
  const moto = await startAws({ MOTO_AMIS_PATH: known, MOTO_IAM_LOAD_MANAGED_POLICIES: "true" });
  const ask = asking(moto.url);
  const first = new Set(await holdings(ask));
  // It has read them by now.
  await rm(folder, { recursive: true });
  const refusals: AmazonCloud["refusals"] = new Map();
  const unknown: string[] = [];
  const [endpoints, lifecycle, buckets] = [new Endpoints(), new Lifecycle(), new Buckets()];
  const [mend, monitors] = [new Mend(), new Monitors()];
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    // S3 Control is asked at a name below the address, which no DNS has.
    environment: {
      ...moto.environment,
      AWS_ENDPOINT_URL: url,
      HTTP_PROXY: url,
      NO_PROXY: "127.0.0.1,localhost",
    },
    async left() {
      const now = [...(await holdings(ask)), ...endpoints.made.keys(), ...lifecycle.policies.keys()];
      return now.filter((id) => !first.has(id));
    },
    refusals,
    unknown,
    close() {
      server.closeAllConnections();
      server.close();
      moto.close();
    },
  };

  /** A machine that goes lets go of its addresses. */
  async function letGo(form: URLSearchParams): Promise<void> {
    for (const machine of listed(form, "InstanceId")) {
      const held = await ask("ec2", "DescribeAddresses", {
        "Filter.1.Name": "instance-id",
        "Filter.1.Value.1": machine,
      });
      for (const [, id = ""] of held.matchAll(/<associationId>([^<]+)/g))
        await ask("ec2", "DisassociateAddress", { AssociationId: id });
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await called(request);
    try {
      const { status, type, body, headers } = await answered(call, new Headers(request.headers as Sent));
      response.writeHead(status, { "content-type": type, ...headers }).end(body);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal("NotImplemented", String(error));
      if (refusal.code === "NotImplemented") unknown.push(refusal.message);
      const { headers, body } = refused(call, refusal);
      response.writeHead(400, headers).end(body);
    }
  }

  async function answered(call: Call, headers: Headers): Promise<Reply & { status: number }> {
    if (call.path === "/aws")
      return { status: 200, type: "text/plain", body: commandLine(JSON.parse(call.body) as string[]) };
    const refusal = refusals.get(action(call));
    if (refusal !== undefined) throw refusal;
    await checkUse(call, ask, endpoints.made.values());
    const reply =
      endpoints.answer(call) ?? monitors.answer(call) ?? lifecycle.answer(call) ?? buckets.answer(call);
    if (reply !== undefined) return { status: 200, ...reply };
    if (action(call) === "TerminateInstances") await letGo(call.form);
    return byMoto(call, headers);
  }

  async function byMoto(call: Call, headers: Headers): Promise<Reply & { status: number }> {
    for (const own of ["host", "connection", "content-length", "transfer-encoding"]) headers.delete(own);
    const sent = action(call) === "" ? call.body : mend.request(call).toString();
    const passed = await fetch(moto.url + call.path, {
      method: call.method,
      headers,
      ...(sent !== "" && { body: sent }),
    });
    // Clients ask again for minutes after a status of a server's own fault.
    if (passed.status >= 500)
      throw new Refusal("NotImplemented", `${call.service} ${action(call)} ${call.method} ${call.path}`);
    const type = passed.headers.get("content-type") ?? "text/xml";
    return { status: passed.status, type, body: monitors.reply(mend.reply(call, await passed.text())) };
  }
}

type Sent = Record<string, string>;

/**
 * What a service at this URL answers. By whom it is asked is nothing to moto: it takes the region and the service's name
 * from the signature's place.
 */
export function asking(url: string): Ask {
  return async (service, name, fields = {}) => {
    const scope = `20260101/eu-central-1/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=moto/${scope}, SignedHeaders=host, Signature=0`;
    const paths: Record<string, string> = { route53: `2013-04-01/${name}`, s3: "" };
    const path = paths[service];
    const response =
      path !== undefined
        ? fetch(`${url}/${path}`, { headers: { authorization } })
        : fetch(url, {
            method: "POST",
            headers: { authorization },
            body: new URLSearchParams({ Action: name, Version: versions[service] ?? "", ...fields }),
          });
    return (await response).text();
  };
}

const versions: Record<string, string> = {
  ec2: "2016-11-15",
  iam: "2010-05-08",
  rds: "2014-10-31",
  elasticloadbalancing: "2015-12-01",
};

/** How a service says what it refuses. */
function refused(
  { service }: Call,
  { code, message }: Refusal,
): { headers: Record<string, string>; body: string } {
  if (service === "dlm")
    return {
      headers: { "content-type": "application/json", "x-amzn-errortype": code },
      body: JSON.stringify({ message }),
    };
  const error = `<Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors>`;
  return {
    headers: { "content-type": "text/xml" },
    body: `<Response>${error}<RequestID>test</RequestID></Response>`,
  };
}

async function called(request: IncomingMessage): Promise<Call> {
  const body = await text(request);
  const [, service = ""] = /\/(\w+)\/aws4_request/.exec(request.headers.authorization ?? "") ?? [];
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  return {
    service,
    method: request.method ?? "",
    path: (request.url ?? "").replace(/^http:\/\/[^/]+/, ""),
    body,
    form: new URLSearchParams(isForm ? body : ""),
  };
}

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJo2b4d5e6f7g8h9i0j1k2l3m4n5o6p7q8r9s0t1u2v3";

/** What the `aws` here prints. Throws what it refuses. */
function commandLine(words: readonly string[]): string {
  if (words.slice(0, 2).join(" ") === "ec2 get-console-output")
    return `-----BEGIN SSH HOST KEY KEYS-----\n${hostKey} root@ip\n-----END SSH HOST KEY KEYS-----`;
  throw new Error(`aws ${words.join(" ")}: not stood in for`);
}
