import * as pulumi from "@pulumi/pulumi";
import type { Mount } from "./containerSpec.ts";
import { imageFolders, type ImageFolder } from "./imageFolders.ts";
import { probeFolder, probeImage } from "./probeHealth.ts";
import type { Scope } from "./scope.ts";

/** One of each machine. */
const made = new WeakMap<Scope["host"], Mount>();

/** What {@link probeHealth} runs, as a read-only mount. */
export function probeMount(scope: Scope): Mount {
  const found = made.get(scope.host);
  if (found !== undefined) return found;
  const name = scope.machine === undefined ? "probe" : `${scope.machine}-probe`;
  const parent = pulumi.Resource.isInstance(scope.host) ? scope.host : undefined;
  const folders: [ImageFolder] = [{ path: "/bin", target: probeFolder }];
  const [mount] = imageFolders(
    name,
    { scope, service: "probe", image: scope.image(probeImage), folders },
    { parent },
  );
  made.set(scope.host, mount);
  return mount;
}
