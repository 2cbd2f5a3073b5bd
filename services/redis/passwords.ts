import * as pulumi from "@pulumi/pulumi";
import { carrier, type VolumeLoad } from "../../components/containers/carrier.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import type { GeneratedSecret } from "../../components/containers/generatedSecret.ts";
import { Job } from "../../components/containers/job.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Scope } from "../../components/containers/scope.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import type { Last } from "../rotation/last.ts";

export interface PasswordsArgs {
  scope: Scope;
  network: Network;
  image: pulumi.Input<string>;
  service: ServiceSettings;
  password: Pick<GeneratedSecret, "value" | "former">;
  server: pulumi.Resource;
}

/** Has the running server take the newest password beside the one it goes by. What uses it passes through the job's gate. */
export function acceptPassword(
  name: string,
  args: PasswordsArgs,
  belonging: { parent: pulumi.Resource },
): Job {
  // The one before too, by which health asks: a run that failed may have left it out.
  const { value, former } = args.password;
  const change = pulumi
    .all([value, ...former.slice(0, 1)])
    .apply((taken) => `ACL SETUSER default ${taken.map((one) => `>${one}`).join(" ")}`);
  return passwordJob(`${name}-accept`, name, { ...args, change, dependsOn: [args.server] }, belonging);
}

export interface RetireArgs extends PasswordsArgs {
  /** The server's own files, with the newest password alone. */
  alone: VolumeLoad;
  /** Changes whenever those files were written with all passwords: then they are to be written once more. */
  filling: pulumi.Output<string>;
}

/** Has the server take the newest alone, at its next start and now. Connections that are open stay so. */
export function retirePasswords(name: string, args: RetireArgs, { ready, dependsOn, parent }: Last): void {
  const change = args.password.value.apply((value) => `ACL SETUSER default resetpass >${value}`);
  const image = pulumi.all([args.image, ready]).apply(([found]) => found);
  const uploads = args.alone.uploads.map((upload) => ({
    ...upload,
    content: pulumi.all([upload.content, ready]).apply(([content]) => content),
  }));
  const kept = { alone: { ...args.alone, uploads } };
  passwordJob(`${name}-retire`, name, { ...args, image, change, kept, dependsOn }, { parent });
}

interface ChangeArgs extends PasswordsArgs {
  change: pulumi.Output<string>;
  /** What is written before the server is told. @default nothing */
  kept?: { alone: VolumeLoad };
  filling?: pulumi.Output<string>;
  dependsOn: pulumi.Resource[];
}

/**
 * Gives the server one command, with whichever of the passwords it goes by: after a run that was cut off, or several
 * rotations while it was away, that may be any. All come by files, none as an argument.
 */
function passwordJob(
  name: string,
  host: string,
  { scope, network, image, service, password, change, kept, filling, dependsOn }: ChangeArgs,
  belonging: { parent: pulumi.Resource },
): Job {
  const { user, limits, graceSeconds } = service;
  const passwords = pulumi.all([password.value, ...password.former]).apply((all) => `${all.join("\n")}\n`);
  const files = { passwords, change: change.apply((command) => `${command}\n`), ...(filling && { filling }) };
  const own = fileVolume(`${name}-files`, { scope, service: host, user, files }, belonging);
  const loads = { files: own, ...kept };
  const volumes = carrier(`${name}-files`, { scope, service: host, loads }, belonging);
  return new Job(
    name,
    {
      scope,
      service: host,
      dependsOn,
      spec: {
        image,
        user,
        entrypoint: ["sh", "-c"],
        command: [changeScript(host)],
        networks: [{ network: network.networkName }],
        mounts: [{ target: filesFolder, ...volumes.files }],
        limits: { cpus: limits.cpus, memory: 32 },
        graceSeconds,
      },
    },
    belonging,
  );
}

function changeScript(host: string): string {
  return `while read -r REDISCLI_AUTH; do
export REDISCLI_AUTH
if redis-cli -h ${host} ping 2>/dev/null | grep -q PONG; then
  said="$(redis-cli -h ${host} <${filesFolder}/change)"
  if [ "$said" = OK ]; then exit 0; fi
  echo "redis: must take the password, got $said" >&2; exit 1
fi
done <${filesFolder}/passwords
echo "redis: must go by one of its passwords, got none that it takes" >&2
exit 1`;
}
