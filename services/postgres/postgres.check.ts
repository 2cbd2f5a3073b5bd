import type * as pulumi from "@pulumi/pulumi";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { filesFolder } from "../../components/containers/fileVolume.ts";
import type { Belonging } from "../../components/containers/former.ts";
import { Job } from "../../components/containers/job.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Scope } from "../../components/containers/scope.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";

export interface PostgresCheckArgs {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
}

/**
 * The image, once PostgreSQL itself has read its file (`postgres -C`): a wrong one is refused while the old server
 * still runs.
 */
export function postgresCheck(
  { scope, network, service }: PostgresCheckArgs,
  files: Pick<Mount, "volume">,
  belonging: Belonging,
): pulumi.Output<string> {
  const { name, user } = service;
  const image = scope.image(service.image);
  const job = new Job(
    `${name}-check`,
    {
      scope,
      service: name,
      spec: {
        image,
        user,
        entrypoint: ["postgres"],
        command: ["-D", "/tmp", "-c", `config_file=${filesFolder}/postgresql.conf`, "-C", "shared_buffers"],
        networks: [{ network: network.networkName }],
        mounts: [{ target: filesFolder, ...files }],
        limits: { cpus: service.limits.cpus, memory: 64 },
        graceSeconds: 30,
      },
    },
    belonging,
  );
  return job.gate(image);
}
