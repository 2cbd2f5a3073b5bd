import { fields, list, missing, Refusal, type Call, type Fields } from "./call.ts";

/** Cloud DNS (https://cloud.google.com/dns/docs/reference/rest/v1). */
export class Dns {
  readonly #zones = new Map<string, { zone: Fields; records: Fields[] }>();

  left(): string[] {
    return [...this.#zones.keys()].map((name) => `managedZones/${name}`);
  }

  answer({ method, path, query, body }: Call): Fields {
    const [, , , name, part, record, type] = path.split("/");
    if (name === undefined) {
      if (method === "POST") return this.#make(body);
      return { managedZones: [...this.#zones.values()].map(({ zone }) => zone) };
    }
    const found = this.#zones.get(name);
    if (found === undefined) throw missing(path);
    if (part === undefined) return this.#zone(method, name, found, body);
    if (part === "changes") return change(found, body);
    if (part !== "rrsets") throw new Refusal(501, "notImplemented", "no such call");
    const named = (one: Fields, domain: unknown, kind: unknown) => one.name === domain && one.type === kind;
    if (method === "GET" && record === undefined) {
      const [domain, kind] = [query.get("name"), query.get("type")];
      return {
        rrsets: found.records.filter((one) => domain === null || named(one, domain, kind ?? one.type)),
      };
    }
    if (method === "POST") {
      found.records.push(body);
      return body;
    }
    const there = found.records.find((one) => named(one, record, type));
    if (there === undefined) throw missing(path);
    if (method === "DELETE") found.records.splice(found.records.indexOf(there), 1);
    if (method === "PATCH") Object.assign(there, body);
    return method === "DELETE" ? {} : there;
  }

  #make(body: Fields): Fields {
    const nameServers = [1, 2, 3, 4].map((number) => `ns-cloud-a${number}.googledomains.com.`);
    const zone = {
      kind: "dns#managedZone",
      id: "1234567890",
      creationTime: "2026-01-01T00:00:00.000Z",
      visibility: "public",
      nameServers,
      ...body,
      // A private zone's alone.
      privateVisibilityConfig: undefined,
      dnssecConfig: signed(fields(body.dnssecConfig)),
      cloudLoggingConfig: { kind: "dns#managedZoneCloudLoggingConfig" },
    };
    const own = [
      { type: "NS", ttl: 21600, rrdatas: nameServers },
      {
        type: "SOA",
        ttl: 21600,
        rrdatas: [`${nameServers[0]} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300`],
      },
    ].map((one) => ({ kind: "dns#resourceRecordSet", name: body.dnsName, ...one }));
    this.#zones.set(String(body.name), { zone, records: own });
    return zone;
  }

  #zone(
    method: string,
    name: string,
    { zone, records }: { zone: Fields; records: Fields[] },
    body: Fields,
  ): Fields {
    if (method === "DELETE") {
      if (records.some(({ type }) => type !== "NS" && type !== "SOA"))
        throw new Refusal(
          400,
          "containerNotEmpty",
          `The resource named '${name}' cannot be deleted because it is not empty`,
        );
      this.#zones.delete(name);
      return {};
    }
    if (method === "PATCH" || method === "PUT")
      Object.assign(zone, body, { privateVisibilityConfig: undefined });
    return zone;
  }
}

function change({ records }: { records: Fields[] }, { additions, deletions }: Fields): Fields {
  for (const gone of list(deletions)) {
    const index = records.findIndex(({ name, type }) => name === gone.name && type === gone.type);
    if (index < 0) throw missing(`${String(gone.name)} (${String(gone.type)})`);
    records.splice(index, 1);
  }
  for (const one of list(additions)) records.push({ kind: "dns#resourceRecordSet", ...one });
  return { kind: "dns#change", id: "1", status: "done", additions, deletions };
}

/** Google chooses the keys. */
function signed(config: Fields): Fields {
  if (config.state !== "on") return { kind: "dns#managedZoneDnsSecConfig", ...config };
  const key = (keyType: string, keyLength: number) => ({
    kind: "dns#dnsKeySpec",
    algorithm: "rsasha256",
    keyType,
    keyLength,
  });
  return {
    kind: "dns#managedZoneDnsSecConfig",
    nonExistence: "nsec3",
    defaultKeySpecs: [key("keySigning", 2048), key("zoneSigning", 1024)],
    ...config,
  };
}
