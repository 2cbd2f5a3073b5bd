import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ContainerSpec, SecretFile } from "./containerSpec.ts";
import type { Belonging, formerlyIn } from "./former.ts";
import { fingerprint } from "./hash.ts";
import { labels, looseLabels } from "./labels.ts";
import { logArgs } from "./logging.ts";
import { onManagers } from "./onManagers.ts";
import type { Scope } from "./scope.ts";
import { leavesVolumes, swarmArgs, type SwarmPlan } from "./swarmSpec.ts";

export interface SwarmServicePlace {
  scope: Scope;
  replicas: number;
  options: ReturnType<typeof formerlyIn>;
  dependsOn?: pulumi.Resource[];
}

/**
 * Containers that have ended hold the volumes they had until Docker forgets them, and fewer mounts were sent to Docker
 * with an empty one among them, which it refuses (pulumi/pulumi-docker 5.2.0). So with other mounts another service
 * takes the place of the one before, which runs until the proxies have changed over.
 */
const replaceOnChanges = ["taskSpec.containerSpec.mounts"];

/** A service of the swarm, which its managers keep running on whichever machines there are. */
export function swarmService(name: string, spec: ContainerSpec, place: SwarmServicePlace): docker.Service {
  const { scope, replicas } = place;
  const taskLabels = labels(scope, name, "service");
  const machines = scope.swarm?.joined.length ?? 1;
  const where: SwarmPlan["where"] =
    scope.machine === undefined ? ["stack", scope.stack] : ["machine", scope.machine];
  const scratchLabels = labels(scope, name, "scratch");
  const plan = {
    ...{ replicas, machines, where, taskLabels, scratchLabels },
    ...logArgs(scope, name, "service"),
    secretWords: scope.secretWords?.has(name) === true,
  };
  const args = swarmArgs(spec, { ...plan, labels: [] });
  const hash = pulumi.unsecret(pulumi.output(args).apply(fingerprint));
  const about = [...labels(scope, name, "service", hash), ...looseLabels(spec)];
  const service = new docker.Service(name, swarmArgs(spec, { ...plan, labels: about }), {
    ...place.options,
    ...onManagers(scope),
    dependsOn: place.dependsOn,
    replaceOnChanges,
    // What is a secret within it isn't one yet in the state of a service that stays as it was.
    ...(plan.secretWords && { additionalSecretOutputs: ["taskSpec"] }),
  });
  // Docker takes two seconds to tell others before it stops one, and the machines notice by and by.
  const seconds = spec.graceSeconds + 30;
  const sweep = leavesVolumes(spec) ? hash : undefined;
  const networks = spec.networks.map(({ id, network }) => id ?? network);
  scope.swarm?.stop(name, { service, seconds, networks, sweep }, { parent: place.options.parent });
  return service;
}

export interface SecretFilesArgs {
  scope: Scope;
  service: string;
  /** Absolute path of the folder in which they are found. */
  folder: string;
  /** Name below the folder → content. */
  files: Record<string, pulumi.Input<string>>;
}

/**
 * Files of a service of the swarm, which its managers keep encrypted and hand to the machines that run it, in memory.
 * What a secret holds never changes: other content is another one, under a name of the engine's.
 */
export function secretFiles(name: string, args: SecretFilesArgs, { parent }: Belonging): SecretFile[] {
  const { scope, service, folder, files } = args;
  return Object.entries(files).map(([file, content]) => {
    const secret = new docker.Secret(
      `${name}-${file}`,
      {
        data: pulumi.secret(pulumi.output(content).apply(encoded)),
        labels: labels(scope, service, "files"),
      },
      { parent, ...onManagers(scope), dependsOn: scope.swarm?.joined, deleteBeforeReplace: false },
    );
    return { path: `${folder}/${file}`, id: secret.id, name: secret.name };
  });
}

/** A swarm takes no empty secret; who reads one goes by its first line. */
function encoded(content: string): string {
  return Buffer.from(content === "" ? "\n" : content).toString("base64");
}
