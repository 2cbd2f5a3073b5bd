import { getZoneOutput, Record, Zone } from "@pulumi/aws/route53/index.js";
import * as pulumi from "@pulumi/pulumi";
import { dnsProblem, recordSpecs, recordTtl, type DnsRecordArgs } from "./dns.ts";
import { PlainError } from "../../lib/plainError.ts";

/**
 * A domain's records in Route 53, in a public zone that is looked up or made.
 *
 * @example
 * new Route53Dns("app", {
 *   zone: "example.org",
 *   create: false,
 *   domain: "app.example.org",
 *   ipv4: "203.0.113.7",
 * });
 */
export class Route53Dns extends pulumi.ComponentResource {
  /** Where the registrar has to point, when the zone is made here. */
  readonly nameServers: pulumi.Output<string[]>;

  constructor(name: string, args: DnsRecordArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:dns:Route53", name, {}, opts);
    const { domain, zone, create } = args;
    const problem = dnsProblem(domain, zone);
    if (problem !== undefined) throw new PlainError(problem);
    const inside = { parent: this };
    const made = create
      ? new Zone(name, { name: zone, comment: `${zone}, made by Berth` }, { ...inside, protect: true })
      : undefined;
    const zoneId = made?.zoneId ?? getZoneOutput({ name: zone, privateZone: false }, inside).zoneId;
    for (const { type, addresses } of recordSpecs(args)) {
      new Record(
        `${name}-${type.toLowerCase()}`,
        { zoneId, name: domain, type, ttl: recordTtl, records: addresses },
        inside,
      );
    }
    this.nameServers = made?.nameServers ?? pulumi.output<string[]>([]);
    this.registerOutputs();
  }
}
