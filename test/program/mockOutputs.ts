import type { Registered } from "./registered.ts";

/** What a resource yields beside its own inputs, as far as programs read it. */
export function mockOutputs({ type, name, inputs }: Registered): Record<string, unknown> {
  switch (type) {
    case "docker:index/container:Container":
      return { name: named(inputs, name), hostname: hostname(name), exitCode: 0, containerLogs: "" };
    case "docker:index/network:Network":
    case "docker:index/volume:Volume":
      return { name: named(inputs, name) };
    case "docker:index/remoteImage:RemoteImage":
      return { imageId: imageId(name), repoDigest: `${String(inputs.name)}@${imageId(name)}` };
    case "random:index/randomPassword:RandomPassword":
      return { result: "S3cr3t".repeat(20).slice(0, Number(inputs.length ?? 32)) };
    case "command:local:Command":
      return { stdout: "", stderr: "" };
    case "gcp:compute/address:Address":
      return { name: named(inputs, name), address: addressOf(name, 1) };
    case "gcp:compute/instance:Instance":
      return {
        name: named(inputs, name),
        selfLink: `${name}-link`,
        instanceId: "4711",
        networkInterfaces: [
          {
            ...first(inputs.networkInterfaces),
            networkIp: name === "gce-vm" ? "10.10.0.2" : `10.10.0.${3 + among(name)}`,
          },
        ],
      };
    case "gcp:serviceaccount/account:Account":
      return { name: named(inputs, name), email: `${name}@my-project.iam.gserviceaccount.com` };
    case "gcp:compute/instanceGroup:InstanceGroup":
    case "gcp:compute/regionBackendService:RegionBackendService":
    case "gcp:compute/regionHealthCheck:RegionHealthCheck":
      return { name: named(inputs, name), selfLink: `${name}-link` };
    case "aws:ec2/eip:Eip":
      return { publicIp: addressOf(name, 2) };
    case "aws:ec2/instance:Instance":
      return {
        privateIp: name === "ec2-vm" ? "10.20.0.4" : `10.20.0.${5 + among(name)}`,
        publicIp: addressOf(name, 3),
      };
    case "aws:route53/zone:Zone":
      return { zoneId: "Z456", nameServers: ["ns-1.example.net"] };
    case "gcp:sql/databaseInstance:DatabaseInstance":
      return { name: named(inputs, name), privateIpAddress: "10.77.0.3" };
    case "gcp:storage/hmacKey:HmacKey":
      return { accessId: "GOOG1E", secret: "S3cr3tS3cr3tHmac" };
    case "aws:rds/instance:Instance":
      return { address: `${name}.abc.eu-central-1.rds.amazonaws.com` };
    case "aws:s3/bucket:Bucket":
      return { bucket: named(inputs, name), arn: `arn:aws:s3:::${name}` };
    case "aws:iam/accessKey:AccessKey":
      return { secret: "S3cr3tS3cr3tAccess" };
    default:
      return {
        name: named(inputs, name),
        ...(type.startsWith("aws:") && { arn: `arn:aws:${type}:${name}` }),
      };
  }
}

/** Of machines that a number makes the place, so that each has addresses of its own. */
function among(name: string): number {
  return Number(/^machine-(\d)/.exec(name)?.[1] ?? 0);
}

/** A vendor's: of a machine by its place, of a balancer by its zone's letter or place. */
function addressOf(name: string, vendor: 1 | 2 | 3): string {
  const zone = /-balancer(?:-.*?)?([a-z\d])?$/.exec(name);
  if (zone === null) return `203.0.113.${vendor}${among(name)}`;
  return `198.51.100.${vendor}${parseInt(zone[1] ?? "0", 36)}`;
}

/** Mocks name what the program doesn't, as the engine does. */
function named(inputs: Record<string, unknown>, name: string): unknown {
  return inputs.name ?? `${name}-0f1e2d3`;
}

/** Docker takes the start of a container's id. */
function hostname(name: string): string {
  return Buffer.from(name).toString("hex").padStart(12, "0").slice(-12);
}

function first(list: unknown): object {
  const [item] = Array.isArray(list) ? (list as unknown[]) : [];
  return typeof item === "object" && item !== null ? item : {};
}

function imageId(name: string): string {
  return `sha256:${Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64)}`;
}
