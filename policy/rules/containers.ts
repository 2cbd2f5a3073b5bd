import {
  isRunning,
  isService,
  list,
  loosened,
  object,
  shown,
  texts,
  type Facts,
  type Rule,
} from "../facts.ts";
import { mayBeRoot, namesUser } from "./root.ts";
import {
  isChecked,
  isFixed,
  serviceAllowedRoot,
  serviceConfinement,
  serviceGrace,
  serviceHealth,
  serviceImage,
  serviceLimits,
  serviceRoot,
  specOf,
} from "./services.ts";

/** What runs is what was looked at: a tag can come to mean something else. */
export const imageDigest: Rule = {
  name: "image-digest",
  description: "Every container's image is named by digest or image id.",
  fix: 'Run berth lock, which writes digests down, or set images.<service> to "name@sha256:…".',
  violations: (resource) => {
    const { image } = resource.props;
    return !isRunning(resource) || isFixed(image) || image === undefined
      ? serviceImage(resource)
      : [`image: must end in a digest, got ${shown(image)}`];
  },
};

/** Without it nothing knows that a service is up, and a rollout waits for nothing. */
export const healthCheck: Rule = {
  name: "health-check",
  description: "Every container that runs for good has a health check and is waited for.",
  fix: "Give the service a health path or a command of its own.",
  violations: (resource) => {
    const { healthcheck } = resource.props;
    return !isService(resource) || isChecked(resource, healthcheck)
      ? serviceHealth(resource)
      : [`healthcheck.tests: must be a command, got ${shown(healthcheck)}`];
  },
};

/** One container must not take the machine with it. */
export const limits: Rule = {
  name: "limits",
  description: "Every container has a limit of memory (swap included), CPU and processes.",
  fix: "Set limits.<service>.",
  violations: (resource) => {
    if (!isRunning(resource)) return serviceLimits(resource);
    const { memory, memorySwap, cpus, ulimits } = resource.props;
    const processes = list(ulimits).some((each) => object(each).name === "nproc");
    return [
      ...(Number(memory) > 0 ? [] : [`memory: must be a limit in MiB, got ${shown(memory)}`]),
      ...(memorySwap === memory ? [] : [`memorySwap: must be the memory limit, got ${shown(memorySwap)}`]),
      ...(Number(cpus) > 0 ? [] : [`cpus: must be a limit in cores, got ${shown(cpus)}`]),
      ...(processes ? [] : [`ulimits: must hold nproc, got ${shown(ulimits)}`]),
    ];
  },
};

export const nonRoot: Rule = {
  name: "non-root",
  description:
    "Every container names a user that isn't root, whatever its image says, unless a setting allows it.",
  fix: "Set override.<service>.user, or override.<service>.root: true to allow it.",
  violations: (resource) => {
    const { user } = resource.props;
    if (!isRunning(resource) || namesUser(user) || isAllowedRoot(resource)) return serviceRoot(resource);
    return [`user: must be a user and not root, got ${shown(user)}`];
  },
};

export const allowedRoot: Rule = {
  name: "allowed-root",
  description: "What override.<service>.root allows is told.",
  fix: "Set override.<service>.user to a user that the image can run as.",
  level: "advisory",
  violations: (resource) =>
    isRunning(resource) && !namesUser(resource.props.user) && isAllowedRoot(resource)
      ? [`user: must be a user and not root, got ${shown(resource.props.user)}, which a setting allows`]
      : serviceAllowedRoot(resource),
};

function isAllowedRoot(resource: Facts): boolean {
  const { capabilities, securityOpts } = resource.props;
  const adds = texts(object(capabilities).adds);
  return mayBeRoot(resource, adds) && texts(securityOpts).includes("no-new-privileges:true");
}

/** The provider kills at once otherwise, whatever `stopTimeout` says. */
export const gracePeriod: Rule = {
  name: "grace-period",
  description: "Every container that runs for good has ten seconds or more between SIGTERM and SIGKILL.",
  fix: "Set override.<service>.graceSeconds.",
  violations: (resource) => {
    const { destroyGraceSeconds } = resource.props;
    return !isService(resource) || Number(destroyGraceSeconds) >= 10
      ? serviceGrace(resource)
      : [`destroyGraceSeconds: must be 10 or more, got ${shown(destroyGraceSeconds)}`];
  },
};

/** What lets a broken-into container out. */
export const confinement: Rule = {
  name: "confinement",
  description:
    "No container is privileged, shares the machine's namespaces, writes its root or reaches Docker.",
  fix: "Leave these at their defaults; hand a device over by name.",
  violations: (resource) => (isRunning(resource) ? unconfined(resource) : serviceConfinement(resource)),
};

/** A setting allows it, and whoever reviews the plan is to see it. */
export const looseContainers: Rule = {
  name: "loosened",
  description: "Containers that settings loosen on purpose are shown.",
  level: "advisory",
  fix: "Take the key out of override.<service> where the image can do without.",
  violations: (resource) =>
    isRunning(resource) || specOf(resource) !== undefined
      ? loosened(resource).map((key) => looseWords(key, resource))
      : [],
};

function looseWords(key: string, resource: Facts): string {
  const { capabilities } = resource.props;
  const adds = texts(specOf(resource)?.capAdds ?? object(capabilities).adds);
  const words: Record<string, string> = {
    readOnlyRoot: "readOnly: is false, so it may change its image's files",
    capabilities: `capabilities.adds: holds ${shown(adds)}`,
    health: "healthcheck: is none, so a release waits for nothing",
  };
  return words[key] ?? `${key}: is loosened`;
}

function unconfined(resource: Facts): string[] {
  const { props } = resource;
  const loose = loosened(resource);
  const host = ["networkMode", "pidMode", "ipcMode", "usernsMode"].filter((mode) => props[mode] === "host");
  const sources = [...list(props.mounts), ...list(props.volumes)].map((each) => {
    const { source, hostPath } = object(each);
    return source ?? hostPath;
  });
  const drops = texts(object(props.capabilities).drops);
  const adds = texts(object(props.capabilities).adds);
  return [
    ...(props.privileged === true ? ["privileged: must be false, got true"] : []),
    ...host.map((mode) => `${mode}: must not be the machine's, got "host"`),
    ...(props.readOnly === true || loose.includes("readOnlyRoot")
      ? []
      : [`readOnly: must be true, got ${shown(props.readOnly)}`]),
    ...(drops.includes("ALL") ? [] : [`capabilities.drops: must hold ALL, got ${shown(props.capabilities)}`]),
    ...(adds.length === 0 || loose.includes("capabilities") || isAllowedRoot(resource)
      ? []
      : [`capabilities.adds: must be none, got ${shown(adds)}`]),
    ...texts(sources)
      .filter((source) => source.endsWith("docker.sock"))
      .map((source) => `mounts: must not hold Docker's socket, got "${source}"`),
  ];
}
