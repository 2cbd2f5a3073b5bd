import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Refusal, type Api, type Call, type Fields } from "./call.ts";
import { Compute } from "./compute.ts";
import { Dns } from "./dns.ts";
import { gcloud } from "./gcloud.ts";
import { Projects } from "./projects.ts";

/** What answers for Google's APIs in tests, as far as a machine's graph asks them. */
export interface GoogleCloud {
  url: string;
  /** What makes the genuine plugin use it, and nothing of Google's. */
  environment: Record<string, string>;
  compute: Compute;
  /** Where each thing is that a stack made and that is to be gone with it. */
  left(): string[];
  /** Kinds of resources that can't be made, such as `subnetworks`, and what is said of one. */
  refusals: Map<string, string>;
  /** What it was asked for and doesn't know, an oversight of ours. */
  unknown: string[];
  close(): void;
}

/** One project, empty, in memory. Everything that is asked for is done at once. */
export async function startGoogleCloud(project: string): Promise<GoogleCloud> {
  const refusals: GoogleCloud["refusals"] = new Map();
  const unknown: string[] = [];
  const compute = new Compute(project, refusals);
  const [dns, projects] = [new Dns(), new Projects(project, compute)];
  const apis: Record<string, Api> = {
    compute: (call) => compute.answer(call),
    dns: (call) => dns.answer(call),
    serviceusage: (call) => projects.services(call),
    cloudresourcemanager: (call) => projects.policy(call),
    iam: (call) => projects.accounts(call),
    iap: (call) => projects.policy(call),
  };
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    environment: {
      GOOGLE_OAUTH_ACCESS_TOKEN: "none",
      // Asked by another client, which goes to Google itself.
      PULUMI_GCP_SKIP_REGION_VALIDATION: "true",
      GOOGLE_COMPUTE_CUSTOM_ENDPOINT: `${url}/compute/v1/`,
      GOOGLE_DNS_CUSTOM_ENDPOINT: `${url}/dns/v1/`,
      GOOGLE_IAM_BETA_CUSTOM_ENDPOINT: `${url}/iam/v1/`,
      GOOGLE_IAP_CUSTOM_ENDPOINT: `${url}/iap/v1/`,
      GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT: `${url}/cloudresourcemanager/v1/`,
      GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT: `${url}/serviceusage/v1/`,
    },
    compute,
    left: () => [...compute.resources.keys(), ...dns.left(), ...projects.left()],
    refusals,
    unknown,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request);
    const say = (code: number, body: Fields): void => {
      response.writeHead(code, { "content-type": "application/json; charset=UTF-8" });
      response.end(JSON.stringify(body));
    };
    if (request.url === "/gcloud") {
      try {
        response.end(gcloud(compute, JSON.parse(sent) as string[]));
      } catch (error) {
        unknown.push(String(error));
        response.writeHead(400).end(String(error));
      }
      return;
    }
    const wanted = new URL(request.url ?? "", url);
    const [, api = "", version = "", ...path] = decodeURIComponent(wanted.pathname).split("/");
    const call: Call = {
      method: request.method ?? "",
      path: path.join("/"),
      version,
      query: wanted.searchParams,
      body: sent === "" ? {} : (JSON.parse(sent) as Fields),
    };
    try {
      const known = apis[api];
      if (known === undefined) throw new Refusal(501, "notImplemented", `no API ${api}`);
      projects.check(api);
      say(200, known(call));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(501, "notImplemented", String(error));
      if (refusal.code === 501) unknown.push(`${call.method} ${request.url}: ${refusal.message}`);
      const { code, reason, message } = refusal;
      say(code, { error: { code, message, errors: [{ message, domain: "global", reason }] } });
    }
  }
}
