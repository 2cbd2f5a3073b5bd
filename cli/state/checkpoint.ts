import { isMap } from "../overrides.ts";

/** Who keeps the key that opens a stack's secrets, and where that is said. */
export interface SecretsProvider {
  /** As the engine gets it, such as `awskms://alias/team?region=eu-central-1`. */
  url: string;
  /** The key, or the variable, that names it. */
  source: string;
}

/** What a run of the engine left behind: every resource it manages, and what it was in the middle of. */
export interface Checkpoint {
  resources: StateResource[];
  pending: PendingOperation[];
  /** What the passphrase is checked against; absent when another secrets provider is used. */
  salt?: string;
  /** Who keeps the key that opens it, where that is a service. */
  provider?: SecretsProvider;
  outputs: Record<string, unknown>;
  /** As `pulumi stack import` takes it back. */
  exported: { version: unknown; features?: unknown; deployment: unknown };
}

/** The part of a resource's state we read (pulumi/pulumi sdk/go/common/apitype, ResourceV3). */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  /** Name and id of the provider that made it, joined by `::`. */
  provider?: string;
  /** When it was made, as ISO 8601, by the clock of whoever ran the engine. */
  created?: string;
  /** Replaced already; the engine deletes it in its next run. */
  delete?: boolean;
  protect?: boolean;
  retainOnDelete?: boolean;
  initErrors?: string[];
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** A step that was begun and never reported back. */
export interface PendingOperation {
  type: string;
  resource: StateResource;
}

export const containerType = "docker:index/container:Container";
export const networkType = "docker:index/network:Network";
export const volumeType = "docker:index/volume:Volume";
/** Of a swarm, whose managers make its containers. */
export const serviceType = "docker:index/service:Service";
const stackType = "pulumi:pulumi:Stack";

/**
 * Reads a checkpoint file of the engine's file backend, or what `pulumi stack export` prints. Throws `SyntaxError` for
 * what is neither.
 */
export function parseCheckpoint(text: string): Checkpoint {
  const content: unknown = JSON.parse(text);
  if (!isMap(valueAt(content, "checkpoint")) && !isMap(valueAt(content, "deployment")))
    throw new SyntaxError("neither a checkpoint nor a deployment");
  const deployment = valueAt(content, "checkpoint", "latest") ?? valueAt(content, "deployment") ?? {};
  const resources = list<StateResource>(valueAt(deployment, "resources"));
  const salt = valueAt(deployment, "secrets_providers", "state", "salt");
  const url = valueAt(deployment, "secrets_providers", "state", "url");
  return {
    resources,
    pending: list<PendingOperation>(valueAt(deployment, "pending_operations")),
    ...(typeof salt === "string" && { salt }),
    ...(typeof url === "string" && { provider: { url, source: "secrets_providers in the stack's state" } }),
    outputs: resources.find(({ type }) => type === stackType)?.outputs ?? {},
    exported: {
      version: valueAt(content, "version") ?? 3,
      features: valueAt(content, "features"),
      deployment,
    },
  };
}

function valueAt(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isMap(inner) ? inner[key] : undefined), value);
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

export interface Owner {
  system: string;
  stack: string;
  service: string;
  role: string;
  hash: string;
  /** What a carrier gave its volumes, as JSON. */
  files: string;
}

/** Whose a resource is, by the labels the program gave it. */
export function ownerOf(inputs: Record<string, unknown> | undefined): Partial<Owner> {
  const labels = list<unknown>(inputs?.labels).filter(isMap);
  const entries = labels.map(({ label, value }) => [String(label).replace(/^berth\./, ""), value]);
  return Object.fromEntries(entries) as Partial<Owner>;
}

/** `backend-1` of `urn:pulumi:dev::berth::…$docker:index/container:Container::backend-1`. */
export function logicalName(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** Containers that ought to run, with the service they belong to. */
export function wantedContainers(checkpoint: Checkpoint): (StateResource & { service: string })[] {
  return checkpoint.resources.flatMap((resource) => {
    const { role, service } = ownerOf(resource.inputs);
    const wanted = resource.type === containerType && role === "service" && !resource.delete;
    return wanted && service !== undefined ? [{ ...resource, service }] : [];
  });
}

/** A service of a swarm, and how many containers of it its managers are to keep running. */
export interface SwarmService extends StateResource {
  service: string;
  replicas: number;
}

/** Services of a swarm that ought to run. */
export function wantedServices({ resources }: Checkpoint): SwarmService[] {
  return resources.flatMap((resource) => {
    const { role, service } = ownerOf(resource.inputs);
    if (resource.type !== serviceType || role !== "service" || resource.delete) return [];
    return service === undefined ? [] : [{ ...resource, service, replicas: replicasIn(resource.inputs) }];
  });
}

/** How many containers of a swarm's service its inputs ask for. */
export function replicasIn(inputs: Record<string, unknown> | undefined): number {
  return Number(valueAt(inputs, "mode", "replicated", "replicas") ?? 1);
}

/** What decides how each container of a swarm's service runs, as its inputs have it. */
export function taskSpecOf({ inputs }: StateResource): Record<string, unknown> {
  const spec = valueAt(inputs, "taskSpec", "containerSpec");
  return isMap(spec) ? spec : {};
}

/** The service of each container that ought to run, wherever. */
export function wantedReplicas(checkpoint: Checkpoint): string[] {
  return [
    ...wantedContainers(checkpoint).map(({ service }) => service),
    ...wantedServices(checkpoint).flatMap(({ service, replicas }) =>
      Array.from({ length: replicas }, () => service),
    ),
  ];
}

/** One-shot jobs that ended badly: the engine calls them done, so the next run has to be told to run them again. */
export function failedJobs(checkpoint: Checkpoint): StateResource[] {
  return checkpoint.resources.filter(({ type, inputs, outputs, delete: going }) => {
    const exitCode = outputs?.exitCode;
    const ended = typeof exitCode === "number" && exitCode !== 0;
    return type === containerType && !going && ownerOf(inputs).role === "job" && ended;
  });
}
