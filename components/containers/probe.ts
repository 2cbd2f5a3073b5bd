import * as pulumi from "@pulumi/pulumi";
import type { Mount } from "./containerSpec.ts";
import { imageFolders, type ImageFolder } from "./imageFolders.ts";
import { probeFolder, probeImage } from "./probeHealth.ts";
import type { Scope } from "./scope.ts";

/** One of each machine. */
const made = new WeakMap<Scope["host"], Mount>();

/** What {@link probeHealth} runs, as a read-only mount. In a swarm its volume has one name on all machines. */
export function probeMount(scope: Scope): Mount {
  if (scope.swarm === undefined || scope.machine === undefined) return madeOn(scope);
  const [first] = scope.swarm.machines;
  return madeOn(scope, madeOn({ ...scope, machine: undefined, ...first }).volume);
}

/** The same for what may run on any machine of a swarm: there once each of them has it. */
export function probeEverywhere(scope: Scope, machines: readonly Partial<Scope>[]): Mount {
  const [first, ...others] = machines.map((one) => probeMount({ ...scope, machine: undefined, ...one }));
  if (first === undefined) return probeMount(scope);
  const volumes = [first, ...others].map(({ volume }) => pulumi.output(volume ?? ""));
  return { ...first, volume: pulumi.all(volumes).apply(([name = ""]) => name), everywhere: true };
}

function madeOn(scope: Scope, volumeName?: pulumi.Input<string>): Mount {
  const found = made.get(scope.host);
  if (found !== undefined) return found;
  const name = scope.machine === undefined ? "probe" : `${scope.machine}-probe`;
  const parent = pulumi.Resource.isInstance(scope.host) ? scope.host : undefined;
  const folders: [ImageFolder] = [{ path: "/bin", target: probeFolder, volumeName }];
  const [mount] = imageFolders(
    name,
    { scope, service: "probe", image: scope.image(probeImage), folders },
    { parent },
  );
  made.set(scope.host, mount);
  return mount;
}
