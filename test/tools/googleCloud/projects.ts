import { fields, list, missing, Refusal, type Call, type Fields } from "./call.ts";
import type { Compute } from "./compute.ts";

const number = "123456789012";

/** A project itself: what is turned on in it, who may do what, and its service accounts. */
export class Projects {
  readonly #enabled = new Set<string>();
  readonly #policies = new Map<string, Fields>();
  readonly #accounts = new Map<string, Fields>();
  #changes = 0;

  constructor(
    readonly project: string,
    readonly compute: Compute,
  ) {}

  /** APIs stay turned on. */
  left(): string[] {
    const bound = [...this.#policies].flatMap(([resource, { bindings }]) =>
      list(bindings).flatMap(({ role, members }) =>
        (members as string[]).map((member) => `${resource}: ${String(role)} of ${member}`),
      ),
    );
    return [...this.#accounts.keys(), ...bound];
  }

  /** An API answers once it is turned on; the one that turns them on always does. */
  check(api: string): void {
    if (api === "serviceusage" || this.#enabled.has(`${api}.googleapis.com`)) return;
    const message = `The ${api} API has not been used in project ${number} before or it is disabled.`;
    throw new Refusal(403, "accessNotConfigured", message);
  }

  /** https://cloud.google.com/service-usage/docs/reference/rest */
  services({ method, path, body }: Call): Fields {
    const match = /services(?:\/([^:]+))?(?::(\w+))?$/.exec(path);
    if (path.startsWith("operations/")) return { name: path, done: true, response: {} };
    const [, one, verb] = match ?? [];
    if (verb === "enable" || verb === "batchEnable") {
      for (const id of (body.serviceIds as string[] | undefined) ?? [one ?? ""]) this.#enabled.add(id);
      return { name: "operations/acf.1", done: true, response: {} };
    }
    if (method !== "GET") throw new Refusal(501, "notImplemented", "no such call");
    const shown = (service: string) => ({
      name: `projects/${number}/services/${service}`,
      config: { name: service },
      parent: `projects/${number}`,
      state: this.#enabled.has(service) ? "ENABLED" : "DISABLED",
    });
    return one === undefined ? { services: [...this.#enabled].map(shown) } : shown(one);
  }

  /** A project, and the policy of it or of a machine. */
  policy({ path, body }: Call): Fields {
    const [resource = "", verb] = path.split(":");
    if (verb === undefined)
      return { projectNumber: number, projectId: this.project, name: this.project, lifecycleState: "ACTIVE" };
    const instance = /iap_tunnel\/(zones\/[^/]+\/instances\/[^/]+)$/.exec(resource)?.[1];
    if (instance !== undefined && !this.compute.resources.has(instance)) throw missing(resource);
    const before = this.#policies.get(resource) ?? { version: 1, etag: this.#etag() };
    const after = verb === "setIamPolicy" ? this.#changed(before, fields(body.policy)) : before;
    this.#policies.set(resource, after);
    return after;
  }

  #etag(): string {
    return Buffer.from(`policy ${++this.#changes}`).toString("base64");
  }

  /** Written by who read the last one, and of members that exist. */
  #changed(before: Fields, policy: Fields): Fields {
    if (policy.etag !== undefined && policy.etag !== before.etag)
      throw new Refusal(
        409,
        "aborted",
        "There were concurrent policy changes. Please retry the whole read-modify-write.",
      );
    for (const member of list(policy.bindings).flatMap(({ members }) => members as string[])) {
      const email = /^serviceAccount:(.*)$/.exec(member)?.[1];
      if (email !== undefined && !this.#accounts.has(email))
        throw new Refusal(400, "badRequest", `Service account ${email} does not exist.`);
    }
    return { version: 1, ...policy, etag: this.#etag() };
  }

  /** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts */
  accounts({ method, path, body }: Call): Fields {
    const email = path.split("/")[3];
    if (email === undefined) return this.#makeAccount(String(body.accountId), fields(body.serviceAccount));
    const found = this.#accounts.get(email);
    if (found === undefined) throw missing(path);
    if (method === "PATCH") Object.assign(found, fields(body.serviceAccount));
    if (method !== "DELETE") return found;
    this.#accounts.delete(email);
    return {};
  }

  #makeAccount(id: string, given: Fields): Fields {
    if (!/^[a-z](?:[a-z0-9-]{4,28}[a-z0-9])$/.test(id))
      throw new Refusal(400, "badRequest", `Invalid account ID ${id}`);
    const email = `${id}@${this.project}.iam.gserviceaccount.com`;
    const made = {
      name: `projects/${this.project}/serviceAccounts/${email}`,
      projectId: this.project,
      uniqueId: `1000000000000000000${this.#accounts.size}`,
      email,
      etag: "MDEwMjE5MjA=",
      oauth2ClientId: "100000000000000000000",
      ...given,
    };
    this.#accounts.set(email, made);
    return made;
  }
}
