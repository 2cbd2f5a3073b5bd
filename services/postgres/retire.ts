import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import type { ContainerSpec, Mount } from "../../components/containers/containerSpec.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import { Job } from "../../components/containers/job.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { secondsOfFormer, type Last } from "../rotation/last.ts";
import type { Login } from "./login.ts";
import { expireSql, sweepSql } from "./retire.sql.ts";

const psql = "psql -q -X -h /var/run/postgresql -U postgres -d postgres -v ON_ERROR_STOP=1";

/** The server goes on with the sweep once this client is gone; one that has ended by then has failed. */
const script = `set -e
${psql} -f ${filesFolder}/expire.sql
${psql} -f ${filesFolder}/sweep.sql &
sleep 2
kill -0 $!`;

export interface RetireArgs {
  scope: Scope;
  base: Pick<ContainerSpec, "image" | "user" | "graceSeconds">;
  cpus: number;
  socket: Pick<Mount, "volume">;
  login: Login;
}

/** The run's last step: from soon after it, PostgreSQL refuses the logins of before, and ends their sessions. */
export function retireLogins(name: string, args: RetireArgs, last: Last): void {
  const { ready, dependsOn, parent } = last;
  const { scope, base, cpus, socket, login } = args;
  const seconds = secondsOfFormer(last.stopSeconds);
  const files = { "expire.sql": expireSql(login, seconds), "sweep.sql": sweepSql(login, seconds) };
  const owner = { scope, service: name, user: base.user };
  const loads = { files: fileVolume(`${name}-retire-files`, { ...owner, files }, { parent }) };
  const volumes = carrier(`${name}-retire-files`, { scope, service: name, loads }, { parent });
  new Job(
    `${name}-retire`,
    {
      scope,
      service: name,
      dependsOn,
      spec: {
        ...base,
        image: pulumi.all([base.image, ready]).apply(([image]) => image),
        entrypoint: ["sh", "-c"],
        command: [script],
        networks: [],
        mounts: [
          { target: "/var/run/postgresql", ...socket },
          { target: filesFolder, ...volumes.files },
        ],
        limits: { cpus, memory: 64 },
      },
    },
    { parent },
  );
}
