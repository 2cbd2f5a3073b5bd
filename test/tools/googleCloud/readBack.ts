import { fields, list, Refusal, type Fields, type Place, type Store } from "./call.ts";

/** What Google tells of a resource where nothing was written, or otherwise than it was written. */
type ReadBack = (given: Fields, place: Place, compute: Store) => Fields;

const fingerprint = "42WmSpB8rSM=";

const labelled = { labelFingerprint: fingerprint };

let lastAddress = 0;

/** Kind of resource → what is filled in, from the reference of each (`…/compute/docs/reference/rest/v1/networks`). */
export const readBack: Readonly<Record<string, ReadBack>> = {
  networks: ({ routingConfig }) => ({
    mtu: 1460,
    networkFirewallPolicyEnforcementOrder: "AFTER_CLASSIC_FIREWALL",
    routingConfig: { bgpBestPathSelectionMode: "LEGACY", ...fields(routingConfig) },
  }),
  subnetworks: ({ logConfig }) => ({
    fingerprint,
    gatewayAddress: "10.10.0.1",
    purpose: "PRIVATE",
    stackType: "IPV4_ONLY",
    privateIpv6GoogleAccess: "DISABLE_GOOGLE_ACCESS",
    enableFlowLogs: true,
    allowSubnetCidrRoutesOverlap: false,
    logConfig: { enable: true, filterExpr: "true", ...fields(logConfig) },
  }),
  firewalls: ({ priority = 1000, disabled = false, logConfig }) => ({
    priority,
    disabled,
    logConfig: { enable: false, ...fields(logConfig) },
  }),
  addresses: ({ address = `203.0.113.${++lastAddress}` }) => ({ address, status: "RESERVED", ...labelled }),
  disks: ({ type }, { scope }, compute) => ({
    type: type ?? compute.link(`${scope}/diskTypes/pd-standard`),
    status: "READY",
    physicalBlockSizeBytes: "4096",
    enableConfidentialCompute: false,
    satisfiesPzi: true,
    ...labelled,
  }),
  resourcePolicies: ({ snapshotSchedulePolicy }) => {
    const { schedule, ...rest } = fields(snapshotSchedulePolicy);
    const dailySchedule = { duration: "PT14400S", ...fields(fields(schedule).dailySchedule) };
    return { status: "READY", snapshotSchedulePolicy: { ...rest, schedule: { dailySchedule } } };
  },
  instances: instance,
  instanceGroups: ({ instances = [] }) => ({ fingerprint, instances }),
  healthChecks: ({ healthyThreshold = 2, unhealthyThreshold = 2, tcpHealthCheck }) => ({
    healthyThreshold,
    unhealthyThreshold,
    tcpHealthCheck: { proxyHeader: "NONE", ...fields(tcpHealthCheck) },
  }),
  backendServices: ({ timeoutSec = 30, sessionAffinity = "NONE", backends }) => ({
    fingerprint,
    timeoutSec,
    sessionAffinity,
    backends: list(backends).map((one) => ({ balancingMode: "CONNECTION", ...one })),
  }),
  forwardingRules: ({ IPAddress, portRange }, place, compute) => {
    const others = compute.holders(IPAddress).filter((link) => link !== compute.link(pathOf(place)));
    const taken = others.some((link) => compute.resource(link).portRange === portRange);
    if (taken) throw inUse(IPAddress);
    return { fingerprint, ...labelled };
  },
};

/** A machine that runs, its boot disk made, with an address inside and one outside. */
function instance(given: Fields, place: Place, compute: Store): Fields {
  if (given.status !== undefined) return {};
  const [card = {}] = list(given.networkInterfaces);
  const subnetwork = compute.resource(card.subnetwork);
  const host = 2 + [...compute.resources.keys()].filter((path) => path.includes("/instances/")).length;
  return {
    status: "RUNNING",
    cpuPlatform: "Intel Broadwell",
    fingerprint,
    ...labelled,
    startRestricted: false,
    lastStartTimestamp: "2026-01-01T00:00:00.000-08:00",
    shieldedInstanceIntegrityPolicy: { updateAutoLearnPolicy: true },
    resourceStatus: { scheduling: {} },
    satisfiesPzi: true,
    metadata: { fingerprint, ...fields(given.metadata) },
    tags: { fingerprint, ...fields(given.tags) },
    scheduling: { preemptible: false, provisioningModel: "STANDARD", ...fields(given.scheduling) },
    networkInterfaces: [
      {
        kind: "compute#networkInterface",
        name: "nic0",
        fingerprint,
        stackType: "IPV4_ONLY",
        ...card,
        network: subnetwork.network,
        networkIP: `10.10.0.${host}`,
        accessConfigs: list(card.accessConfigs).map((config) => access(config, place, compute)),
      },
    ],
    // Last, since one that is refused makes no disk.
    disks: list(given.disks).map((disk, index) => attached(disk, index, place, compute)),
  };
}

/** An address outside: the given one, which only one machine can have, or a passing one. */
export function access(config: Fields, place: Place, compute: Store): Fields {
  const { natIP = `198.51.100.${++lastAddress}` } = config;
  const others = compute.holders(natIP).filter((link) => link !== compute.link(pathOf(place)));
  if (config.natIP !== undefined && others.length > 0) throw inUse(natIP);
  return {
    kind: "compute#accessConfig",
    name: "external-nat",
    type: "ONE_TO_ONE_NAT",
    networkTier: "PREMIUM",
    ...config,
    natIP,
  };
}

/** A disk as its machine tells of it; made first, where it says what it is made of. */
export function attached(disk: Fields, index: number, { scope, name }: Place, compute: Store): Fields {
  const { initializeParams, source, ...rest } = disk;
  const given = fields(initializeParams);
  const held =
    source === undefined
      ? compute.make(
          { scope, collection: "disks", name },
          {
            name,
            sizeGb: String(given.diskSizeGb),
            type: given.diskType,
            sourceImage: given.sourceImage,
            ...(given.labels !== undefined && { labels: given.labels }),
            architecture: "X86_64",
          },
        )
      : compute.resource(source);
  const path = compute.path(held.selfLink) ?? "";
  if (source !== undefined && compute.users(path).some((user) => user.includes("/instances/")))
    throw new Refusal(
      400,
      "resourceInUseByAnotherResource",
      `The disk resource '${path}' is already being used`,
    );
  return {
    kind: "compute#attachedDisk",
    type: "PERSISTENT",
    mode: "READ_WRITE",
    autoDelete: false,
    boot: false,
    interface: "SCSI",
    deviceName: `persistent-disk-${index}`,
    ...rest,
    index,
    source: held.selfLink,
    diskSizeGb: String(held.sizeGb),
    architecture: "X86_64",
  };
}

function inUse(address: unknown): Refusal {
  return new Refusal(
    400,
    "invalid",
    `Invalid value for field 'natIP': '${String(address)}'. The specified IP address is already in use`,
  );
}

function pathOf({ scope, collection, name }: Place): string {
  return `${scope}/${collection}/${name}`;
}
