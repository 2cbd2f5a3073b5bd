import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Mount } from "./containerSpec.ts";
import { fingerprint } from "./hash.ts";
import { labels } from "./labels.ts";
import { known } from "./known.ts";
import { probeFolder } from "./probeHealth.ts";
import type { Scope } from "./scope.ts";

/** A static busybox, which runs beside any program whatever its image holds. On every host, where something asks by it. */
export const probeImage = "busybox:1.37-musl";

/** One of each machine. */
const made = new WeakMap<Scope["host"], Mount>();

/**
 * What {@link probeHealth} runs, as a read-only mount. Into an empty volume Docker copies the image's folder when a
 * container is made with it (https://docs.docker.com/engine/storage/volumes/#populate-a-volume-using-a-container);
 * that one is never started.
 */
export function probeMount(scope: Scope): Mount {
  const found = made.get(scope.host);
  if (found !== undefined) return found;
  const image = scope.image(probeImage);
  const name = scope.machine === undefined ? "probe" : `${scope.machine}-probe`;
  const hash = pulumi.unsecret(pulumi.output({ image }).apply(fingerprint));
  const about = labels(scope, "probe", "files", hash);
  const parent = pulumi.Resource.isInstance(scope.host) ? scope.host : undefined;
  const options = { parent, ...scope.host.onHost, deleteBeforeReplace: false };
  const volume = new docker.Volume(name, { labels: about }, options);
  const carrier = new docker.Container(
    name,
    {
      image,
      command: ["true"],
      start: false,
      mustRun: false,
      networkMode: "none",
      mounts: [{ type: "volume", source: volume.name, target: "/bin" }],
      logDriver: "none",
      labels: about,
    },
    { ...options, replaceOnChanges: ["#initerror"] },
  );
  const mount = { target: probeFolder, volume: known(volume.name, carrier) };
  made.set(scope.host, mount);
  return mount;
}
