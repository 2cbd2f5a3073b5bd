import { carrier } from "../../components/containers/carrier.ts";
import type { ContainerSpec, Mount } from "../../components/containers/containerSpec.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import { secretFiles } from "../../components/containers/swarmService.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Overridable } from "../../components/containers/override.ts";
import type { Scope } from "../../components/containers/scope.ts";
import * as pulumi from "@pulumi/pulumi";
import { joinLinks, secretFile, secretPointers, type Gate, type Link, type Linkable } from "./link.ts";
import { containment, lasting, loosened } from "./containment.ts";
import { ownEnvironment } from "./ownEnvironment.ts";
import { rootSpec } from "./root.ts";
import { runsOwnProcess, type ServiceSettings } from "./serviceSettings.ts";
import { maySpread } from "./spread.ts";

/** What every container that runs an application's image takes. */
export interface ApplicationArgs extends Overridable {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  /** What the image runs. @default the image's own command */
  command?: string[];
  /** What it runs instead while its source is mounted. */
  developmentCommand?: string[];
  environment?: Record<string, pulumi.Input<string>>;
  /** Jobs that have to succeed before a container of it starts: when one fails, the old release serves on. */
  gates?: Gate[];
  /** What has to be there before a container of it starts. */
  after?: pulumi.Resource[];
  /** Databases, caches and queues it is handed. */
  links?: Linkable[];
  /** Variables that settings make of what links hand over. */
  composed?: Pick<Link, "environment" | "secrets">;
  /** HTTP services it calls by name. */
  peers?: HttpPeer[];
  mounts?: Mount[];
  /** Configuration that isn't secret, file name → content, below {@link filesFolder}. */
  files?: Record<string, string>;
  /** `all` hands over every GPU of the host. */
  gpus?: string;
}

/** Something that answers HTTP inside the network. */
export interface HttpPeer {
  readonly name: string;
  readonly url: string;
}

/**
 * The container an application runs in: its links as files, its peers by URL, its source mounted in development. With
 * `spreads` any machine of a swarm may run it, where nothing that it takes is on one alone.
 */
export function applicationSpec(
  name: string,
  args: ApplicationArgs,
  parent: pulumi.Resource,
  { spreads = false }: { spreads?: boolean } = {},
): { spec: ContainerSpec; dependsOn: pulumi.Resource[] } {
  const { scope, network, service } = args;
  const { environment, secrets, dependsOn, gates = [], mounts: linked = [] } = joinLinks(args.links ?? []);
  const { swarm } = scope;
  const spread = swarm !== undefined && spreads && maySpread(args, linked);
  const image = [...gates, ...(args.gates ?? [])].reduce<pulumi.Input<string>>(
    (open, job) => job.gate(open),
    spread ? swarm.image(service.image) : scope.image(service.image),
  );
  const { composed = { environment: {}, secrets: {} } } = args;
  const contents = filesOf(args, { ...secrets, ...composed.secrets });
  const files = spread ? undefined : secretsVolume(name, args, contents, parent);
  const owned = { scope, service: name, folder: filesFolder, files: contents };
  const developing = service.source !== undefined;
  const systems = developing ? args.developmentCommand : args.command;
  const command = runsOwnProcess(service) ? undefined : systems;
  const mounts = [
    ...(files ? [{ target: filesFolder, ...files }] : []),
    ...(service.source === undefined ? [] : [{ target: service.sourceFolder, folder: service.source }]),
    ...(args.mounts ?? []),
    ...linked,
  ];
  const spec: ContainerSpec = {
    image,
    user: service.user,
    command: service.command ?? command,
    environment: {
      SERVICE_NAME: name,
      RELEASE: service.image,
      ...(args.peers?.length && { PEERS: args.peers.map((peer) => `${peer.name}=${peer.url}`).join(",") }),
      ...(developing && { DEBUG: "true" }),
      ...environment,
      ...secretPointers(secrets),
      ...(service.secretsInEnvironment && secrets),
      ...without(args.environment ?? {}, Object.keys(composed.secrets)),
      ...ownEnvironment(service),
      ...composed.environment,
      ...secretPointers(composed.secrets),
      ...(service.secretsInEnvironment && composed.secrets),
    },
    networks: [network.attachment],
    mounts,
    ...(spread && { spread: secretFiles(`${name}-files`, owned, { parent }) }),
    limits: service.limits,
    graceSeconds: service.graceSeconds,
    gpus: args.gpus,
    devices: service.devices,
    ...containment(
      service,
      mounts.map(({ target }) => target),
    ),
    ...lasting(service),
    ...rootSpec(service),
    loosened: loosened(service),
  };
  return { spec, dependsOn: [...dependsOn, ...(args.after ?? [])] };
}

/** What a job runs of a service's spec: what is said of its start and its end is the service's own. */
export function jobSpec(spec: ContainerSpec, command: string[]): ContainerSpec {
  const loose = spec.loosened?.filter((key) => key !== "health");
  const own = { entrypoint: undefined, sharedMemory: undefined, stopSignal: undefined, loosened: loose };
  return { ...spec, ...own, command };
}

/** What a secret takes the place of isn't handed over beside it. */
function without<Value>(all: Record<string, Value>, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
}

type Files = Record<string, pulumi.Output<string>>;

function filesOf({ files: plain = {} }: ApplicationArgs, secrets: Link["secrets"]): Files {
  const files = Object.entries(secrets).map(([variable, value]) => [secretFile(variable), value] as const);
  files.push(...Object.entries(plain).map(([file, content]) => [file, pulumi.output(content)] as const));
  return Object.fromEntries(files);
}

function secretsVolume(
  name: string,
  { scope, service }: ApplicationArgs,
  files: Files,
  parent: pulumi.Resource,
): Pick<Mount, "volume"> | undefined {
  if (Object.keys(files).length === 0) return undefined;
  const owner = { scope, service: name, user: service.user };
  const inside = { parent };
  const volume = fileVolume(`${name}-files`, { ...owner, files }, inside);
  return carrier(`${name}-files`, { scope, service: name, loads: { files: volume } }, inside).files;
}
