import { getManagedZonesOutput, ManagedZone, RecordSet } from "@pulumi/gcp/dns/index.js";
import * as pulumi from "@pulumi/pulumi";
import { dnsProblem, recordSpecs, recordTtl, type DnsRecordArgs } from "./dns.ts";
import { PlainError } from "../../lib/plainError.ts";

/**
 * A domain's records in Cloud DNS, in a public zone that is looked up or made.
 *
 * @example
 * new GoogleDns("app", {
 *   project: "my-project-1",
 *   zone: "example.org",
 *   create: false,
 *   domain: "app.example.org",
 *   ipv4: "203.0.113.7",
 * });
 */
export class GoogleDns extends pulumi.ComponentResource {
  /** Where the registrar has to point; known when the zone is made here. */
  readonly nameServers: pulumi.Output<string[]>;

  constructor(
    name: string,
    args: DnsRecordArgs & { project: string },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("berth:dns:Google", name, {}, opts);
    const { domain, zone, create, project } = args;
    const problem = dnsProblem(domain, zone);
    if (problem !== undefined) throw new PlainError(problem);
    const inside = { parent: this };
    const made = create
      ? new ManagedZone(
          name,
          { dnsName: `${zone}.`, description: `${zone}, made by Berth`, dnssecConfig: { state: "on" } },
          { ...inside, protect: true },
        )
      : undefined;
    const managedZone =
      made?.name ??
      getManagedZonesOutput({ project }, inside).managedZones.apply((zones) => zoneId(zones, zone, project));
    for (const { type, addresses } of recordSpecs(args)) {
      new RecordSet(
        `${name}-${type.toLowerCase()}`,
        { managedZone, name: `${domain}.`, type, ttl: recordTtl, rrdatas: addresses },
        inside,
      );
    }
    this.nameServers = made?.nameServers ?? pulumi.output<string[]>([]);
    this.registerOutputs();
  }
}

interface Zone {
  dnsName: string;
  name?: string;
  visibility: string;
}

/** Cloud DNS's own name of a zone. Throws when there is none, with what there is. */
export function zoneId(zones: readonly Zone[], zone: string, project: string): string {
  const open = zones.filter(({ visibility }) => visibility === "public");
  const id = open.find(({ dnsName }) => dnsName === `${zone}.`)?.name;
  if (id !== undefined) return id;
  const there = open.map(({ dnsName }) => dnsName.replace(/\.$/, "")).join(", ") || "none";
  throw new PlainError(
    `host.dns.zone: must be a public zone in project ${project} (there: ${there}), got "${zone}"; ` +
      "set host.dns.create to true to have it made",
  );
}
