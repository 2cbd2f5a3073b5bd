import { list, missing, Refusal, type Call, type Fields, type Place, type Store } from "./call.ts";
import { verbs } from "./verbs.ts";
import { readBack } from "./readBack.ts";

const links = "https://www.googleapis.com/compute/v1/";

/**
 * Compute Engine (https://cloud.google.com/compute/docs/reference/rest/v1): every kind of resource is kept as it was
 * sent, filled in as `readBack` says.
 */
export class Compute implements Store {
  /** By path below the project: `zones/europe-west4-a/instances/web`. */
  readonly resources = new Map<string, Fields>();
  readonly #refusals: ReadonlyMap<string, string>;
  #made = 0;

  constructor(
    readonly project: string,
    refusals: ReadonlyMap<string, string>,
  ) {
    this.#refusals = refusals;
  }

  /** Links have the version that was asked. */
  answer(call: Call): Fields {
    const answer = this.#answer({ ...call, body: this.#linked(call.body) as Fields });
    return JSON.parse(JSON.stringify(answer).replaceAll(links, links.replace("v1", call.version))) as Fields;
  }

  /** `zones/europe-west4-a/disks/data` → its whole link. */
  link(path: string): string {
    return `${links}projects/${this.project}/${path}`;
  }

  /** What a link leads to. */
  resource(link: unknown): Fields {
    const path = this.path(link);
    const found = path === undefined ? undefined : this.resources.get(path);
    if (found === undefined) throw missing(String(link).replace(links, ""));
    return found;
  }

  path(link: unknown): string | undefined {
    const whole = this.link("");
    return typeof link === "string" && link.startsWith(whole) ? link.slice(whole.length) : undefined;
  }

  /** Adds a resource; all that it names must be there. */
  make({ scope, collection, name }: Place, given: Fields): Fields {
    const path = `${scope}/${collection}/${name}`;
    const refusal = this.#refusals.get(collection);
    if (refusal !== undefined) throw new Refusal(403, "quotaExceeded", refusal);
    if (this.resources.has(path))
      throw new Refusal(409, "alreadyExists", `The resource '${path}' already exists`);
    this.#checkLinks({ ...given, zone: undefined, region: undefined });
    const [kind, where] = scope.split("/");
    const made: Fields = {
      kind: `compute#${collection.replace(/ies$/, "y").replace(/(?<=ss)es$|s$/, "")}`,
      id: `${4_000_000_000_000_000_000n + BigInt(++this.#made)}`,
      creationTimestamp: "2026-01-01T00:00:00.000-08:00",
      selfLink: this.link(path),
      ...given,
      ...(where !== undefined && { [kind === "zones" ? "zone" : "region"]: this.link(scope) }),
    };
    // First, so that what is filled in can name it.
    this.resources.set(path, made);
    try {
      return Object.assign(made, readBack[collection]?.(made, { scope, collection, name }, this));
    } catch (error) {
      this.resources.delete(path);
      throw error;
    }
  }

  /** Those who name a resource. */
  users(path: string): string[] {
    const link = `"${this.link(path)}"`;
    return [...this.resources]
      .filter(([key, one]) => key !== path && JSON.stringify(one).includes(link))
      .map(([key]) => key);
  }

  remove(path: string): void {
    const found = this.resources.get(path);
    if (found === undefined) throw missing(path);
    if (found.deletionProtection === true)
      throw new Refusal(
        400,
        "badRequest",
        `Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion.'`,
      );
    this.resources.delete(path);
    const link = this.link(path);
    // A group forgets a machine that goes, and a disk made for it alone goes too.
    if (path.includes("/instances/")) {
      for (const one of this.resources.values())
        if (Array.isArray(one.instances)) one.instances = one.instances.filter((member) => member !== link);
      for (const { autoDelete, source } of list(found.disks))
        if (autoDelete === true) this.resources.delete(this.path(source) ?? "");
    }
    const [user] = this.users(path);
    if (user === undefined && !this.#inUse(found)) return;
    this.resources.set(path, found);
    const holder = user ?? "another resource";
    throw new Refusal(
      400,
      "resourceInUseByAnotherResource",
      `The resource '${path}' is already being used by '${holder}'`,
    );
  }

  /** Machines and rules that have an address. */
  holders(address: unknown): string[] {
    return [...this.resources].flatMap(([path, one]) => {
      const own = [
        one.IPAddress,
        ...list(one.networkInterfaces).flatMap((card) => list(card.accessConfigs).map(({ natIP }) => natIP)),
      ];
      return own.includes(address) ? [this.link(path)] : [];
    });
  }

  #inUse({ kind, address }: Fields): boolean {
    return kind === "compute#address" && this.holders(address).length > 0;
  }

  #answer({ method, path, body, query }: Call): Fields {
    const [, project, ...parts] = path.split("/");
    if (parts.length === 0) return { kind: "compute#project", name: project };
    const scope = parts.splice(0, parts[0] === "global" ? 1 : 2).join("/");
    const [collection, name, verb] = parts;
    if (collection === undefined)
      return { name: scope.split("/")[1], selfLink: this.link(scope), status: "UP" };
    if (collection === "operations") return this.#operation(scope, path);
    if (collection === "images") return image(path);
    if (collection === "machineTypes" || collection === "diskTypes")
      return { name, selfLink: this.link(`${scope}/${collection}/${name}`) };
    if (name === undefined) {
      if (method === "GET") return { items: this.#all(`${scope}/${collection}/`) };
      this.make({ scope, collection, name: String(body.name) }, body);
      return this.#operation(scope, `${scope}/${collection}/${String(body.name)}`);
    }
    const key = `${scope}/${collection}/${name}`;
    const found = this.resources.get(key);
    if (found === undefined) throw missing(`projects/${this.project}/${key}`);
    if (verb === "listInstances") return { items: members(found) };
    if (verb !== undefined) {
      const changed = verbs[verb]?.({ compute: this, path: key, found, body, query });
      if (changed === undefined) throw new Refusal(501, "notImplemented", `no ${verb} of ${collection}`);
      Object.assign(found, changed);
      return this.#operation(scope, key);
    }
    if (method === "GET") return this.#now(found);
    if (method === "DELETE") this.remove(key);
    else {
      this.#checkLinks(body);
      Object.assign(found, method === "PATCH" ? { ...found, ...body } : body);
      Object.assign(found, readBack[collection]?.(found, { scope, collection, name }, this));
    }
    return this.#operation(scope, key);
  }

  #all(start: string): Fields[] {
    return [...this.resources].filter(([path]) => path.startsWith(start)).map(([, one]) => this.#now(one));
  }

  /** An address says who has it. */
  #now(found: Fields): Fields {
    if (found.kind !== "compute#address") return found;
    const users = this.holders(found.address);
    return { ...found, ...(users.length > 0 ? { users, status: "IN_USE" } : { status: "RESERVED" }) };
  }

  #operation(scope: string, target: string): Fields {
    const [kind, where] = scope.split("/");
    return {
      kind: "compute#operation",
      id: "1",
      name: "operation-1",
      operationType: "insert",
      status: "DONE",
      progress: 100,
      targetLink: this.link(target),
      selfLink: this.link(`${scope}/operations/operation-1`),
      ...(where !== undefined && { [kind === "zones" ? "zone" : "region"]: this.link(scope) }),
    };
  }

  /** Whatever the form of what was sent, Google answers with whole links. */
  #linked(value: unknown): unknown {
    if (typeof value === "string")
      return value.replace(
        /^(?:https?:\/\/[^/]+\/compute\/\w+\/)?(?=projects\/[^/]+\/(?:global|zones|regions)\/)/,
        links,
      );
    if (Array.isArray(value)) return value.map((one) => this.#linked(one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#linked(one)]));
  }

  #checkLinks(value: unknown): void {
    const path = this.path(value);
    if (
      path !== undefined &&
      !/\/(?:machineTypes|diskTypes|acceleratorTypes)\/|^(?:zones|regions)\/[^/]+$/.test(path)
    )
      this.resource(value);
    if (typeof value === "object" && value !== null)
      for (const one of Object.values(value)) this.#checkLinks(one);
  }
}

function members({ instances }: Fields): Fields[] {
  return ((instances ?? []) as string[]).map((instance) => ({ instance, status: "RUNNING" }));
}

/** A family's newest, or one by its name. */
function image(path: string): Fields {
  const [, project = "", , , , name = path.split("/").at(-1) ?? ""] = path.split("/");
  const own = path.includes("/family/") ? `${name}-v20260101` : name;
  return {
    kind: "compute#image",
    name: own,
    family: name,
    diskSizeGb: "10",
    architecture: "X86_64",
    status: "READY",
    selfLink: `${links}projects/${project}/global/images/${own}`,
  };
}
