import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import type { Belonging } from "../../components/containers/former.ts";
import type { GeneratedSecret } from "../../components/containers/generatedSecret.ts";
import { Job } from "../../components/containers/job.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Scope } from "../../components/containers/scope.ts";
import type { StatefulService } from "../../components/containers/statefulService.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import { secondsOfFormer, type Last } from "../rotation/last.ts";
import { bucketScript, curlConf, retireScript } from "./bucket.sh.ts";
import { accessKey, userArchive, type KeyOf } from "./keys.ts";

/** A store as its jobs ask it. */
export interface Store {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  client: ServiceSettings;
  bucket: string;
  versioning?: boolean;
  server: StatefulService;
  endpoint: string;
  keys: {
    login: KeyOf;
    secret: Pick<GeneratedSecret, "value">;
    administrator: string;
    root: Pick<GeneratedSecret, "value" | "former">;
  };
}

/** What the jobs of a store find in their folders. */
export function bucketFiles({ keys }: Pick<Store, "keys">): Record<string, pulumi.Output<string>> {
  const key = accessKey(keys.login);
  return {
    ...rootFiles(keys),
    "user.conf": keys.secret.value.apply((secret) => curlConf({ key, secret })),
    "user.zip.base64": keys.secret.value.apply((secret) => userArchive({ key, secret })),
  };
}

/** The job that makes user and bucket, and runs again when anything of the store or of what is wanted changes. */
export function bucketJob(name: string, store: Store, volume: Filled, belonging: Belonging): Job {
  const { endpoint, bucket, versioning = true, server } = store;
  const script = bucketScript({ endpoint, bucket, versioning }, filesFolder);
  // Another server has another bucket: then it runs again.
  const environment = { SERVER: server.container.id };
  const image = store.scope.image(store.client.image);
  const one = { volume, script, environment, image, dependsOn: [server.container] };
  return storeJob(name, store, one, belonging);
}

/** The run's last step: soon after it, the store refuses the key of before. */
export function retireKeys(
  name: string,
  store: Store,
  { ready, dependsOn, parent, stopSeconds }: Last,
): void {
  const { scope, endpoint, bucket, keys, client } = store;
  const owner = { scope, service: store.service.name };
  const files = bucketFiles(store);
  const loads = { files: fileVolume(`${name}-files`, { ...owner, user: client.user, files }, { parent }) };
  const { files: volume } = carrier(`${name}-files`, { ...owner, loads }, { parent });
  const script = retireScript({ endpoint, bucket }, keys.login, secondsOfFormer(stopSeconds), filesFolder);
  const image = pulumi.all([scope.image(client.image), ready]).apply(([found]) => found);
  storeJob(name, store, { volume, script, image, dependsOn }, { parent });
}

function rootFiles({ administrator: key, root }: Store["keys"]): Record<string, pulumi.Output<string>> {
  const conf = (value: pulumi.Output<string>) => value.apply((secret) => curlConf({ key, secret }));
  const former = root.former.map((value, index) => [`former-root-${index + 1}.conf`, conf(value)] as const);
  return { "root.conf": conf(root.value), ...Object.fromEntries(former) };
}

type Filled = Pick<Mount, "volume">;

interface StoreJob {
  volume: Filled;
  script: string;
  environment?: Record<string, pulumi.Input<string>>;
  image: pulumi.Input<string>;
  dependsOn: pulumi.Resource[];
}

function storeJob(
  name: string,
  { scope, service, network, client }: Store,
  { volume, script, environment = {}, image, dependsOn }: StoreJob,
  belonging: Belonging,
): Job {
  return new Job(
    name,
    {
      scope,
      service: service.name,
      dependsOn,
      spec: {
        image,
        user: client.user,
        entrypoint: ["/bin/sh", "-c"],
        command: [script],
        environment,
        networks: [{ network: network.networkName }],
        mounts: [{ target: filesFolder, ...volume }],
        limits: { cpus: client.limits.cpus, memory: 64 },
        graceSeconds: 30,
      },
    },
    belonging,
  );
}
