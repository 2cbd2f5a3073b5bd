import { labelled, list, object, shown, type Facts, type Props, type Rule } from "../facts.ts";

/** Google encrypts every disk; AWS where it is told. */
export const encryptedDisks: Rule = {
  name: "encrypted-disks",
  description: "Every disk and database at AWS is encrypted.",
  fix: "Set encrypted (storageEncrypted) to true.",
  violations: ({ type, props }) => encryption[type]?.(props) ?? [],
};

const encryption: Record<string, (props: Props) => string[]> = {
  "aws:ebs/volume:Volume": ({ encrypted }) => must("encrypted", encrypted),
  "aws:rds/instance:Instance": ({ storageEncrypted }) => must("storageEncrypted", storageEncrypted),
  "aws:ec2/instance:Instance": ({ rootBlockDevice, ebsBlockDevices }) => [
    ...must("rootBlockDevice.encrypted", object(rootBlockDevice).encrypted),
    ...list(ebsBlockDevices).flatMap((disk, index) =>
      must(`ebsBlockDevices.${index}.encrypted`, object(disk).encrypted),
    ),
  ],
};

function must(path: string, value: unknown): string[] {
  return value === true ? [] : [`${path}: must be true, got ${shown(value)}`];
}

/** The metadata service hands out the machine's credentials; a container is one hop further than the machine. */
export const imdsv2: Rule = {
  name: "imdsv2",
  description: "An EC2 machine's metadata service wants a token and answers one hop far.",
  fix: "Set metadataOptions.httpTokens to required and httpPutResponseHopLimit to 1.",
  violations: ({ type, props }) => {
    if (!/^aws:ec2\/(?:instance|launchTemplate):/.test(type)) return [];
    const { httpTokens, httpPutResponseHopLimit, httpEndpoint } = object(props.metadataOptions);
    if (httpEndpoint === "disabled") return [];
    return [
      ...(httpTokens === "required"
        ? []
        : [`metadataOptions.httpTokens: must be required, got ${shown(httpTokens)}`]),
      ...(httpPutResponseHopLimit === 1
        ? []
        : [`metadataOptions.httpPutResponseHopLimit: must be 1, got ${shown(httpPutResponseHopLimit)}`]),
    ];
  },
};

/** A Compute Engine machine as CIS recommends it. */
export const shieldedMachines: Rule = {
  name: "shielded-machines",
  description: "A Compute Engine machine is shielded, uses OS Login, no project keys and no serial console.",
  fix: "Leave shieldedInstanceConfig and metadata as Berth sets them.",
  violations: ({ type, props }) => {
    if (type !== "gcp:compute/instance:Instance") return [];
    const metadata = object(props.metadata);
    const { enableVtpm, enableIntegrityMonitoring } = object(props.shieldedInstanceConfig);
    const is = (key: string, wanted: string) =>
      String(metadata[key]).toUpperCase() === wanted
        ? []
        : [`metadata.${key}: must be ${wanted}, got ${shown(metadata[key])}`];
    return [
      ...must("shieldedInstanceConfig.enableVtpm", enableVtpm),
      ...must("shieldedInstanceConfig.enableIntegrityMonitoring", enableIntegrityMonitoring),
      ...is("enable-oslogin", "TRUE"),
      ...is("block-project-ssh-keys", "TRUE"),
      ...is("serial-port-enable", "FALSE"),
    ];
  },
};

/** What can't be had again once it is gone. */
const data = new Set([
  "aws:ebs/volume:Volume",
  "aws:ec2/eip:Eip",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "gcp:compute/address:Address",
  "gcp:compute/disk:Disk",
  "gcp:sql/databaseInstance:DatabaseInstance",
  "gcp:storage/bucket:Bucket",
]);

/** An address of a machine that a swarm can let go of, as components/hosts/cloud/host.ts marks it. */
function isPassing({ type, props }: Facts): boolean {
  if (type !== "aws:ec2/eip:Eip" && type !== "gcp:compute/address:Address") return false;
  return [props.tags, props.labels].some(
    (marks) => (marks as Record<string, unknown> | undefined)?.["berth-address"] === "of-a-member",
  );
}

export const protectedData: Rule = {
  name: "protected-data",
  description:
    "Disks, databases, buckets, data volumes but those of measurements, and static addresses can't be deleted by a run.",
  fix: "Leave protectData at true; set it to false for a run that is to delete them.",
  violations: (resource) =>
    (data.has(resource.type) || isDataVolume(resource)) && !resource.protect && !isPassing(resource)
      ? ["protect: must be true, got false"]
      : [],
};

/** Their data is kept when the stack lets go of it, and no run is stopped for it. */
const measuring: readonly unknown[] = ["prometheus", "alertmanager", "grafana"];

function isDataVolume(resource: Facts): boolean {
  return (
    resource.type === "docker:index/volume:Volume" &&
    labelled(resource, "berth.role") === "data" &&
    !measuring.includes(labelled(resource, "berth.service"))
  );
}
