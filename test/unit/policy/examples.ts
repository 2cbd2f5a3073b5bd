import { gzipSync } from "node:zlib";
import type { Facts } from "../../../policy/facts.ts";

const digest = `sha256:${"a".repeat(64)}`;

const service: Facts = {
  type: "docker:index/container:Container",
  name: "api-1",
  protect: false,
  props: {
    image: `registry.example/api@${digest}`,
    user: "10001:10001",
    memory: 512,
    memorySwap: 512,
    cpus: "1",
    ulimits: [{ name: "nproc", soft: 1024, hard: 1024 }],
    healthcheck: { tests: ["CMD", "true"] },
    destroyGraceSeconds: 35,
    capabilities: { drops: ["ALL"] },
    readOnly: true,
    privileged: false,
    envs: ["DATABASE_URL_FILE=/etc/berth/database_url", "LOG_LEVEL=info"],
    command: ["gunicorn", "app:app"],
    labels: [{ label: "berth.system", value: "attn" }],
    ports: [
      { ip: "0.0.0.0", external: 80, internal: 8080 },
      { ip: "127.0.0.1", external: 8081, internal: 8080 },
    ],
  },
};

const swarmSpec = {
  image: digest,
  user: "1000:1000",
  readOnly: true,
  capDrops: ["ALL"],
  healthcheck: { tests: ["CMD", "true"] },
  stopGracePeriod: "1m35s",
  env: { DATABASE_URL_FILE: "/etc/berth/database_url", LOG_LEVEL: "info" },
  args: ["gunicorn", "app:app"],
  labels: [{ label: "berth.system", value: "attn" }],
  mounts: [{ type: "tmpfs", target: "/tmp", readOnly: false }],
};
const swarmTask = {
  resources: { limits: { memoryBytes: 268435456, nanoCpus: 500000000 } },
  networksAdvanceds: [{ id: "n1" }],
};
const swarmService: Facts = {
  type: "docker:index/service:Service",
  name: "api",
  protect: false,
  props: {
    labels: [{ label: "berth.system", value: "attn" }],
    taskSpec: { containerSpec: swarmSpec, ...swarmTask },
  },
};

/** The same with another spec of its containers. */
export function spread(
  spec: Record<string, unknown>,
  { labels = {}, ...task }: { labels?: Record<string, string> } & Record<string, unknown> = {},
): Facts {
  const given = Object.entries({ "berth.system": "attn", ...labels });
  return changed(swarmService, {
    labels: given.map(([label, value]) => ({ label, value })),
    taskSpec: { containerSpec: { ...swarmSpec, ...spec }, ...swarmTask, ...task },
  });
}

/** As settings loosen a container on purpose. */
export function loose(props: Record<string, unknown>, keys: string): Facts {
  return changed(service, { ...props, labels: [{ label: "berth.loosened", value: keys }] });
}

function changed(base: Facts, props: Record<string, unknown>, protect = base.protect): Facts {
  return {
    ...base,
    protect,
    props: { ...base.props, ...props },
  };
}

/** As `override.<service>.root` makes it. */
function allowed(props: Record<string, unknown> = {}): Facts {
  return changed(service, {
    user: "0:0",
    labels: [{ label: "berth.root", value: "allowed" }],
    capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN", "CAP_SETUID"] },
    securityOpts: ["no-new-privileges:true"],
    ...props,
  });
}

const googleRule: Facts = {
  type: "gcp:compute/firewall:Firewall",
  name: "web",
  protect: false,
  props: {
    direction: "INGRESS",
    sourceRanges: ["0.0.0.0/0"],
    allows: [{ protocol: "tcp", ports: ["80", "443"] }],
  },
};

const amazonRule: Facts = {
  type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  name: "http",
  protect: false,
  props: { cidrIpv4: "0.0.0.0/0", ipProtocol: "tcp", fromPort: 80, toPort: 80 },
};

const google: Facts = {
  type: "gcp:compute/instance:Instance",
  name: "vm",
  protect: false,
  props: {
    metadata: {
      "enable-oslogin": "TRUE",
      "block-project-ssh-keys": "TRUE",
      "serial-port-enable": "FALSE",
      "user-data": "#cloud-config",
    },
    shieldedInstanceConfig: { enableVtpm: true, enableIntegrityMonitoring: true },
  },
};

const amazon: Facts = {
  type: "aws:ec2/instance:Instance",
  name: "vm",
  protect: false,
  props: {
    metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
    rootBlockDevice: { encrypted: true },
    userData: "#cloud-config\npassword_file=/x",
  },
};

const dataVolume: Facts = {
  type: "docker:index/volume:Volume",
  name: "postgres-data",
  protect: true,
  props: { labels: [{ label: "berth.role", value: "data" }] },
};

const disk: Facts = {
  type: "aws:ebs/volume:Volume",
  name: "data",
  protect: true,
  props: { encrypted: true },
};
const googleDisk: Facts = { type: "gcp:compute/disk:Disk", name: "data", protect: true, props: { size: 50 } };

/** What makes any stack one with a machine that its cloud replaces. */
export const machine: Facts = google;

const forwarding: Facts = {
  type: "gcp:compute/forwardingRule:ForwardingRule",
  name: "gce-balancer-http",
  protect: false,
  props: { loadBalancingScheme: "EXTERNAL", ipProtocol: "TCP", portRange: "80-80" },
};

const listener: Facts = {
  type: "aws:lb/listener:Listener",
  name: "ec2-balancer-https",
  protect: false,
  props: { port: 443, protocol: "TCP" },
};

/** A container of what makes backups. */
function backing(props: Record<string, unknown>): Facts {
  const labels = [
    { label: "berth.system", value: "attn" },
    { label: "berth.service", value: "backup" },
  ];
  return changed(service, { labels, ...props });
}

export const good: Record<string, Facts> = {
  "a service's container": service,
  "a job's container": changed(service, { mustRun: false, healthcheck: undefined, destroyGraceSeconds: 0 }),
  "a service of a swarm": swarmService,
  "a service of a swarm that publishes the web": changed(swarmService, {
    endpointSpec: { ports: [{ publishedPort: 443, targetPort: 8443 }] },
  }),
  "a service of a swarm whose image is still to be known": spread({ image: undefined }),
  "a service of a swarm that reads a folder": spread({
    mounts: [{ type: "bind", source: "/srv/models", target: "/models", readOnly: true }],
  }),
  "a variable that names a file with credentials": changed(service, {
    envs: ["GOOGLE_APPLICATION_CREDENTIALS=/etc/berth/google.json"],
  }),
  "a volume of measurements, for which no run is stopped": changed(
    dataVolume,
    {
      labels: [
        { label: "berth.service", value: "prometheus" },
        { label: "berth.role", value: "data" },
      ],
    },
    false,
  ),
  "what makes backups, and the folder that they go to": backing({
    mounts: [{ type: "bind", source: "/mnt/nas/shop", target: "/backup/target" }],
  }),
  "what makes that folder": backing({
    start: false,
    volumes: [{ hostPath: "/mnt/nas/shop", containerPath: "/berth/target" }],
  }),
  "a container that only carries files": changed(service, {
    start: false,
    mustRun: false,
    user: undefined,
    memory: 0,
    readOnly: false,
  }),
  "an image by its id": changed(service, { image: digest }),
  "80 and 443 from anywhere at Google": googleRule,
  "22 from IAP": changed(googleRule, {
    sourceRanges: ["35.235.240.0/20"],
    allows: [{ protocol: "tcp", ports: ["22"] }],
  }),
  "what leaves": changed(googleRule, { direction: "EGRESS", allows: [{ protocol: "all" }] }),
  "80 from anywhere at AWS": amazonRule,
  "80 of a load balancer at Google": forwarding,
  "22 of a load balancer inside a network at Google": changed(forwarding, {
    loadBalancingScheme: "INTERNAL",
    portRange: "22",
  }),
  "443 of a load balancer at AWS": listener,
  "22 from another group": changed(amazonRule, {
    cidrIpv4: undefined,
    referencedSecurityGroupId: "sg-1",
    fromPort: 22,
    toPort: 22,
  }),
  "a machine at Google": google,
  "a machine at AWS": amazon,
  "a protected data volume": dataVolume,
  "data in the system's folder": changed(service, {
    mounts: [{ type: "bind", source: "/opt/attn-platform/postgres", target: "/data" }],
  }),
  "a folder that is only read": changed(service, {
    mounts: [{ type: "bind", source: "/srv/models", target: "/models", readOnly: true }],
  }),
  "a protected disk at AWS": disk,
  "a protected disk at Google": googleDisk,
};

/** Rule → what is wrong → a resource and what the rule says of it. */
export const bad: Record<string, Record<string, [Facts, ...string[]]>> = {
  "public-ingress": {
    "a service of a swarm that publishes its own port": [
      changed(swarmService, { endpointSpec: { ports: [{ publishedPort: 8000, targetPort: 8000 }] } }),
      'endpointSpec.ports.0.ports: must be 80 or 443 where everybody may come in, got "8000"',
    ],
    "a service of a swarm for which Docker chooses a port": [
      changed(swarmService, { endpointSpec: { ports: [{ targetPort: 8000 }] } }),
      'endpointSpec.ports.0.ports: must be 80 or 443 where everybody may come in, got "all"',
    ],
    "22 from anywhere at Google": [
      changed(googleRule, { allows: [{ protocol: "tcp", ports: ["22"] }] }),
      'allows.0.ports: must be 80 or 443 where everybody may come in, got "22"',
    ],
    "a rule without a source": [
      changed(googleRule, { sourceRanges: undefined, allows: [{ protocol: "tcp", ports: ["5432"] }] }),
      'allows.0.ports: must be 80 or 443 where everybody may come in, got "5432"',
    ],
    "all ports from all of IPv6": [
      changed(googleRule, { sourceRanges: ["::/0"], allows: [{ protocol: "all" }] }),
      'allows.0.ports: must be 80 or 443 where everybody may come in, got "all"',
    ],
    "half of the internet": [
      changed(googleRule, { sourceRanges: ["128.0.0.0/1"], allows: [{ protocol: "tcp", ports: ["80-90"] }] }),
      'allows.0.ports: must be 80 or 443 where everybody may come in, got "80-90"',
    ],
    "a range of ports at AWS": [
      changed(amazonRule, { toPort: 8080 }),
      'ports: must be 80 or 443 where everybody may come in, got "80-8080"',
    ],
    "every protocol at AWS": [
      changed(amazonRule, { cidrIpv4: undefined, cidrIpv6: "::/0", ipProtocol: "-1" }),
      'ports: must be 80 or 443 where everybody may come in, got "all"',
    ],
    "a group's own rule": [
      {
        type: "aws:ec2/securityGroup:SecurityGroup",
        name: "g",
        protect: false,
        props: { ingress: [{ protocol: "tcp", fromPort: 3389, toPort: 3389, cidrBlocks: ["0.0.0.0/0"] }] },
      },
      'ingress.0.ports: must be 80 or 443 where everybody may come in, got "3389"',
    ],
    "a range of a load balancer's ports at Google": [
      changed(forwarding, { portRange: "80-443" }),
      'ports: must be 80 or 443 where everybody may come in, got "80-443"',
    ],
    "one of a load balancer's ports at Google": [
      changed(forwarding, { portRange: undefined, ports: ["80", "8080"] }),
      'ports: must be 80 or 443 where everybody may come in, got "8080"',
    ],
    "all ports of a load balancer that says no scheme": [
      changed(forwarding, { loadBalancingScheme: undefined, portRange: undefined, allPorts: true }),
      'ports: must be 80 or 443 where everybody may come in, got "all"',
    ],
    "a load balancer's port at AWS": [
      changed(listener, { port: 5432 }),
      'ports: must be 80 or 443 where everybody may come in, got "5432"',
    ],
    "an older kind of rule": [
      {
        type: "aws:ec2/securityGroupRule:SecurityGroupRule",
        name: "r",
        protect: false,
        props: { type: "ingress", protocol: "tcp", fromPort: 6379, toPort: 6379, cidrBlocks: ["0.0.0.0/0"] },
      },
      'ports: must be 80 or 443 where everybody may come in, got "6379"',
    ],
    "a database published on every address": [
      changed(service, { ports: [{ external: 5432, internal: 5432 }] }),
      'ports.0.ports: must be 80 or 443 where everybody may come in, got "5432"',
    ],
    "a port that Docker chooses": [
      changed(service, { ports: [{ ip: "0.0.0.0", internal: 5432 }] }),
      'ports.0.ports: must be 80 or 443 where everybody may come in, got "all"',
    ],
  },
  "image-digest": {
    "a tag of a swarm's service": [
      spread({ image: "redis:7" }),
      'taskSpec.containerSpec.image: must end in a digest, got "redis:7"',
    ],
    "a tag": [changed(service, { image: "redis:7" }), 'image: must end in a digest, got "redis:7"'],
    "a short digest": [
      changed(service, { image: "redis@sha256:abc" }),
      'image: must end in a digest, got "redis@sha256:abc"',
    ],
  },
  "health-check": {
    "none of a swarm's service": [
      spread({ healthcheck: undefined }),
      "taskSpec.containerSpec.healthcheck.tests: must be a command, got nothing",
    ],
    "one of a swarm's service switched off": [
      spread({ healthcheck: { tests: ["NONE"] } }),
      'taskSpec.containerSpec.healthcheck.tests: must be a command, got {"tests":["NONE"]}',
    ],
    none: [changed(service, { healthcheck: undefined }), "healthcheck.tests: must be a command, got nothing"],
    "one switched off": [
      changed(service, { healthcheck: { tests: ["NONE"] } }),
      'healthcheck.tests: must be a command, got {"tests":["NONE"]}',
    ],
  },
  limits: {
    "none of a swarm's service": [
      spread({}, { resources: undefined }),
      "taskSpec.resources.limits.memoryBytes: must be a limit in bytes, got nothing",
      "taskSpec.resources.limits.nanoCpus: must be a limit in billionths of a core, got nothing",
    ],
    none: [
      changed(service, { memory: undefined, memorySwap: undefined, cpus: undefined, ulimits: undefined }),
      "memory: must be a limit in MiB, got nothing",
      "cpus: must be a limit in cores, got nothing",
      "ulimits: must hold nproc, got nothing",
    ],
    "swap without end": [
      changed(service, { memorySwap: -1 }),
      "memorySwap: must be the memory limit, got -1",
    ],
  },
  "non-root": {
    "no user of a swarm's service": [
      spread({ user: undefined }),
      "taskSpec.containerSpec.user: must be a user and not root, got nothing",
    ],
    "root of a swarm's service": [
      spread({ user: "0:0" }),
      'taskSpec.containerSpec.user: must be a user and not root, got "0:0"',
    ],
    "allowed root of a swarm's service with more capabilities": [
      spread({ user: "0:0", capAdds: ["CAP_SYS_ADMIN"] }, { labels: { "berth.root": "allowed" } }),
      'taskSpec.containerSpec.user: must be a user and not root, got "0:0"',
    ],
    "no user": [changed(service, { user: undefined }), "user: must be a user and not root, got nothing"],
    root: [changed(service, { user: "root" }), 'user: must be a user and not root, got "root"'],
    "root's number": [
      changed(service, { user: "0:10001" }),
      'user: must be a user and not root, got "0:10001"',
    ],
    "allowed root with more capabilities": [
      allowed({ capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN", "CAP_SYS_ADMIN"] } }),
      'user: must be a user and not root, got "0:0"',
    ],
    "allowed root that may get more": [
      allowed({ securityOpts: [] }),
      'user: must be a user and not root, got "0:0"',
    ],
    "root that nobody allows": [allowed({ labels: [] }), 'user: must be a user and not root, got "0:0"'],
    "root and a group": [
      changed(service, { user: "root:nogroup" }),
      'user: must be a user and not root, got "root:nogroup"',
    ],
  },
  "allowed-root": {
    "root of a swarm's service that a setting allows": [
      spread({ user: "0:0", capAdds: ["CAP_CHOWN"] }, { labels: { "berth.root": "allowed" } }),
      'taskSpec.containerSpec.user: must be a user and not root, got "0:0", which a setting allows',
    ],
    "root that a setting allows": [
      allowed(),
      'user: must be a user and not root, got "0:0", which a setting allows',
    ],
  },
  "grace-period": {
    "too little of a swarm's service": [
      spread({ stopGracePeriod: "9s" }),
      'taskSpec.containerSpec.stopGracePeriod: must be 10s or more, got "9s"',
    ],
    "none of a swarm's service": [
      spread({ stopGracePeriod: undefined }),
      "taskSpec.containerSpec.stopGracePeriod: must be 10s or more, got nothing",
    ],
    none: [
      changed(service, { destroyGraceSeconds: undefined }),
      "destroyGraceSeconds: must be 10 or more, got nothing",
    ],
    "too little": [
      changed(service, { destroyGraceSeconds: 5 }),
      "destroyGraceSeconds: must be 10 or more, got 5",
    ],
  },
  confinement: {
    "a writable root of a swarm's service": [
      spread({ readOnly: undefined }),
      "taskSpec.containerSpec.readOnly: must be true, got nothing",
    ],
    "kept capabilities of a swarm's service": [
      spread({ capDrops: undefined, capAdds: ["CAP_NET_ADMIN"] }),
      "taskSpec.containerSpec.capDrops: must hold ALL, got nothing",
      'taskSpec.containerSpec.capAdds: must be none, got ["CAP_NET_ADMIN"]',
    ],
    "Docker's socket and the machine's network in a swarm's service": [
      spread(
        { mounts: [{ type: "bind", source: "/var/run/docker.sock", target: "/s", readOnly: true }] },
        { networksAdvanceds: [{ name: "host" }] },
      ),
      'taskSpec.networksAdvanceds: must not be the machine\'s, got "host"',
      'taskSpec.containerSpec.mounts: must not hold Docker\'s socket, got "/var/run/docker.sock"',
    ],
    privileges: [changed(service, { privileged: true }), "privileged: must be false, got true"],
    "the machine's namespaces": [
      changed(service, { networkMode: "host", pidMode: "host" }),
      'networkMode: must not be the machine\'s, got "host"',
      'pidMode: must not be the machine\'s, got "host"',
    ],
    "a writable root": [changed(service, { readOnly: false }), "readOnly: must be true, got false"],
    "kept capabilities": [
      changed(service, { capabilities: { adds: ["CAP_SYS_ADMIN"] } }),
      'capabilities.drops: must hold ALL, got {"adds":["CAP_SYS_ADMIN"]}',
      'capabilities.adds: must be none, got ["CAP_SYS_ADMIN"]',
    ],
    "Docker's socket": [
      changed(service, { mounts: [{ type: "bind", source: "/var/run/docker.sock", target: "/s" }] }),
      'mounts: must not hold Docker\'s socket, got "/var/run/docker.sock"',
    ],
  },
  loosened: {
    "what a swarm's service keeps, which is shown": [
      spread(
        { readOnly: false, capAdds: ["CAP_CHOWN"] },
        { labels: { "berth.loosened": "readOnlyRoot,capabilities" } },
      ),
      "readOnly: is false, so it may change its image's files",
      'capabilities.adds: holds ["CAP_CHOWN"]',
    ],
    "a writable root, which is shown": [
      loose({ readOnly: false }, "readOnlyRoot"),
      "readOnly: is false, so it may change its image's files",
    ],
    "kept capabilities and no health, which are shown": [
      loose(
        { capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN"] }, healthcheck: { tests: ["NONE"] } },
        "capabilities,health",
      ),
      'capabilities.adds: holds ["CAP_CHOWN"]',
      "healthcheck: is none, so a release waits for nothing",
    ],
  },
  "plain-secret": {
    "a password in a swarm's service's environment": [
      spread({ env: { POSTGRES_PASSWORD: "hunter22" } }),
      "taskSpec.containerSpec.env: must hold no secret, got one in POSTGRES_PASSWORD",
    ],
    "tokens in labels, and a URL with a password in a word, of a swarm's service": [
      spread(
        {
          args: ["serve", "postgres://app:hunter22@db/app"],
          labels: [{ label: "API_KEY", value: "abc" }],
        },
        { labels: { DEPLOY_TOKEN: "abc" } },
      ),
      "labels: must hold no secret, got one in DEPLOY_TOKEN",
      "taskSpec.containerSpec.labels: must hold no secret, got one in API_KEY",
      "taskSpec.containerSpec.args: must hold no secret, got one in one of its words",
    ],
    "a password in the environment": [
      changed(service, { envs: ["POSTGRES_PASSWORD=hunter22"] }),
      "envs: must hold no secret, got one in POSTGRES_PASSWORD",
    ],
    "a key where the name of its file is due": [
      changed(service, { envs: ['GOOGLE_APPLICATION_CREDENTIALS={"private_key":"hunter22"}'] }),
      "envs: must hold no secret, got one in GOOGLE_APPLICATION_CREDENTIALS",
    ],
    "a URL with a password": [
      changed(service, { envs: ["DATABASE=postgres://app:hunter22@db/app"] }),
      "envs: must hold no secret, got one in DATABASE",
    ],
    "a token in a label": [
      changed(service, { labels: [{ label: "DEPLOY_TOKEN", value: "abc" }] }),
      "labels: must hold no secret, got one in DEPLOY_TOKEN",
    ],
    "a key in a command": [
      changed(service, { command: ["run", "AKIAABCDEFGHIJKLMNOP"] }),
      "command: must hold no secret, got one in one of its words",
    ],
    "a private key in user data": [
      changed(amazon, {
        userData: "#cloud-config\nssh_keys:\n  k: |\n    -----BEGIN OPENSSH PRIVATE KEY-----",
      }),
      "userData: must hold no secret, got one in its text",
    ],
    "a password set by user data": [
      changed(amazon, {
        userDataBase64: Buffer.from("#!/bin/sh\nexport DB_PASSWORD=hunter2222\n").toString("base64"),
      }),
      "userDataBase64: must hold no secret, got one in its text",
    ],
    "a password set by compressed user data": [
      changed(amazon, {
        userDataBase64: gzipSync("#!/bin/sh\nexport DB_PASSWORD=hunter2222\n").toString("base64"),
      }),
      "userDataBase64: must hold no secret, got one in its text",
    ],
    "a secret in metadata": [
      changed(google, {
        metadata: { ...(google.props.metadata as object), startup: "API_KEY=abcdefgh12345" },
      }),
      "startup: must hold no secret, got one in its text",
    ],
  },
  "encrypted-disks": {
    "a plain volume": [changed(disk, { encrypted: undefined }), "encrypted: must be true, got nothing"],
    "a plain database": [
      { type: "aws:rds/instance:Instance", name: "db", protect: true, props: { storageEncrypted: false } },
      "storageEncrypted: must be true, got false",
    ],
    "plain disks of a machine": [
      changed(amazon, { rootBlockDevice: {}, ebsBlockDevices: [{ encrypted: false }] }),
      "rootBlockDevice.encrypted: must be true, got nothing",
      "ebsBlockDevices.0.encrypted: must be true, got false",
    ],
  },
  imdsv2: {
    "the first version": [
      changed(amazon, { metadataOptions: { httpTokens: "optional", httpPutResponseHopLimit: 1 } }),
      'metadataOptions.httpTokens: must be required, got "optional"',
    ],
    "a second hop": [
      changed(amazon, { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 2 } }),
      "metadataOptions.httpPutResponseHopLimit: must be 1, got 2",
    ],
    "what AWS would choose": [
      { ...amazon, type: "aws:ec2/launchTemplate:LaunchTemplate", props: {} },
      "metadataOptions.httpTokens: must be required, got nothing",
      "metadataOptions.httpPutResponseHopLimit: must be 1, got nothing",
    ],
  },
  "shielded-machines": {
    "what Google would choose": [
      changed(google, { metadata: {}, shieldedInstanceConfig: undefined }),
      "shieldedInstanceConfig.enableVtpm: must be true, got nothing",
      "shieldedInstanceConfig.enableIntegrityMonitoring: must be true, got nothing",
      "metadata.enable-oslogin: must be TRUE, got nothing",
      "metadata.block-project-ssh-keys: must be TRUE, got nothing",
      "metadata.serial-port-enable: must be FALSE, got nothing",
    ],
  },
  "protected-data": {
    "a disk at AWS": [changed(disk, {}, false), "protect: must be true, got false"],
    "a disk at Google": [changed(googleDisk, {}, false), "protect: must be true, got false"],
    "a volume with data": [changed(dataVolume, {}, false), "protect: must be true, got false"],
  },
  "data-on-disk": {
    "a folder of a swarm's service on the boot disk": [
      spread({ mounts: [{ type: "bind", source: "/srv/uploads", target: "/data" }] }),
      'taskSpec.containerSpec.mounts.0.source: must be below /opt/attn-platform, got "/srv/uploads"',
    ],
    "data on the boot disk": [
      changed(service, { mounts: [{ type: "bind", source: "/srv/postgres", target: "/data" }] }),
      'mounts.0.source: must be below /opt/attn-platform, got "/srv/postgres"',
    ],
    "another system's folder": [
      changed(service, { mounts: [{ type: "bind", source: "/opt/attn-platform2/redis", target: "/data" }] }),
      'mounts.0.source: must be below /opt/attn-platform, got "/opt/attn-platform2/redis"',
    ],
    "what makes backups, in another folder than they go to": [
      backing({ mounts: [{ type: "bind", source: "/mnt/nas/shop", target: "/data" }] }),
      'mounts.0.source: must be below /opt/attn-platform, got "/mnt/nas/shop"',
    ],
    "a way out of the folder": [
      changed(service, { mounts: [{ type: "bind", source: "/opt/attn-platform/../x", target: "/data" }] }),
      'mounts.0.source: must be below /opt/attn-platform, got "/opt/attn-platform/../x"',
    ],
    "what makes a folder there": [
      changed(service, {
        start: false,
        volumes: [{ hostPath: "/data/redis", containerPath: "/berth/data" }],
      }),
      'volumes.0.hostPath: must be below /opt/attn-platform, got "/data/redis"',
    ],
    "a data volume that its driver keeps elsewhere": [
      changed(dataVolume, {
        labels: [
          { label: "berth.system", value: "attn" },
          { label: "berth.role", value: "data" },
        ],
        driver: "nfs",
        driverOpts: { type: "none", o: "bind", device: "/srv/data" },
      }),
      'driver: must be local, got "nfs"',
      'driverOpts.device: must be left out, got "/srv/data"',
    ],
  },
};
