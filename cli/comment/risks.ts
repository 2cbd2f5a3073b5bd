import { logicalName, ownerOf } from "../state/checkpoint.ts";
import type { Step } from "./steps.ts";

/** What a step may cost somebody. */
export interface Risk {
  kind: "data" | "passwords" | "machine" | "address" | "ports";
  urn: string;
  text: string;
}

const kinds: readonly [kind: Risk["kind"], types: RegExp][] = [
  // Docker's volumes hold data only where their label says so.
  [
    "data",
    /^(gcp:compute\/disk:|gcp:sql\/(databaseInstance|database):|gcp:storage\/bucket:|aws:ebs\/volume:|aws:rds\/(instance|cluster):|aws:s3\/bucket(V2)?:)/,
  ],
  ["passwords", /^random:index\/randomPassword:/],
  ["machine", /^(gcp:compute\/instance:|aws:ec2\/instance:)/],
  [
    "address",
    /^(gcp:compute\/(address|globalAddress|forwardingRule):|aws:ec2\/eip:|aws:lb\/(loadBalancer|listener):|gcp:dns\/recordSet:|aws:route53\/record:)/,
  ],
];

const gone = ["delete", "replace"];
const firewall =
  /^(gcp:compute\/firewall:|aws:ec2\/securityGroup(Rule)?:|aws:vpc\/securityGroup(Ingress|Egress)Rule:)/;

/** What is lost with a machine's disk, an address that others know, or a port that opens or closes. */
export function risksIn(steps: readonly Step[]): Risk[] {
  return steps.flatMap((step) => {
    const kind = kindOf(step);
    if (kind !== undefined && gone.includes(step.op)) {
      return [{ kind, urn: step.urn, text: `${nameOf(step)} is ${past[step.op]}` }];
    }
    return portRisk(step);
  });
}

const past: Record<string, string> = { delete: "deleted", replace: "replaced" };

function kindOf({ type, old }: Step): Risk["kind"] | undefined {
  if (type === "docker:index/volume:Volume") return ownerOf(old).role === "data" ? "data" : undefined;
  return kinds.find(([, types]) => types.test(type))?.[0];
}

function nameOf({ type, urn }: Step): string {
  return `${type.slice(type.lastIndexOf(":") + 1)} ${logicalName(urn)}`;
}

/** A firewall's rule that changes, or a container that answers elsewhere. */
function portRisk(step: Step): Risk[] {
  const risk = (text: string): Risk[] => [{ kind: "ports", urn: step.urn, text }];
  if (firewall.test(step.type)) {
    const words = { ...past, update: "changed", create: "created" }[step.op];
    return words === undefined ? [] : risk(`${nameOf(step)} is ${words}`);
  }
  if (step.type !== "docker:index/container:Container") return [];
  const [before, after] = [published(step.old), published(step.next)];
  const [none, opens] = [before.length + after.length === 0, step.op === "create" && after.length > 0];
  if (opens) return risk(`${logicalName(step.urn)} is published at ${after.join(", ")}`);
  if (step.op === "delete" && before.length > 0)
    return risk(`${logicalName(step.urn)} is no longer published at ${before.join(", ")}`);
  if (none || !["replace", "update"].includes(step.op) || before.join() === after.join()) return [];
  return risk(
    `${logicalName(step.urn)} moves from ${before.join(", ") || "nowhere"} to ${after.join(", ") || "nowhere"}`,
  );
}

function published(inputs: Record<string, unknown> | undefined): string[] {
  const ports = Array.isArray(inputs?.ports) ? (inputs.ports as Record<string, unknown>[]) : [];
  const shown = ports.filter(({ external }) => typeof external === "number");
  return shown.map(({ ip, external }) => `${typeof ip === "string" ? ip : "*"}:${String(external)}`).sort();
}
