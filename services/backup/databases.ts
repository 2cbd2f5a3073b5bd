import * as pulumi from "@pulumi/pulumi";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { filesFolder } from "../../components/containers/fileVolume.ts";
import { parameterOf } from "../postgres/url.ts";
import type { KeptDatabase } from "./kept.ts";
import { pgServiceConf } from "./pg_service.conf.ts";
import { passLine, secretFiles } from "./repository.ts";

/** Where sockets of servers of ours are, each in a folder of its server's name. */
export const socketsFolder = "/run/berth-databases";

/** How `pg_dump` gets in. */
export interface DatabaseAccess {
  environment: Record<string, string>;
  /** Secret, by name. */
  files: Record<string, pulumi.Output<string>>;
  mounts: Mount[];
}

type Parameters = Record<string, pulumi.Input<string>>;

/** Over the socket of ours as its superuser, or with the login that applications have. */
export function databaseAccess(databases: readonly KeptDatabase[] = []): DatabaseAccess {
  if (databases.length === 0) return { environment: { BACKUP_SERVERS: "" }, files: {}, mounts: [] };
  const servers = Object.fromEntries(databases.map((one) => [one.name, parametersOf(one)]));
  const logins = databases.flatMap((one): [string, pulumi.Output<string>][] =>
    "socket" in one ? [] : [[loginFile(one), loginOf(one)]],
  );
  return {
    environment: {
      BACKUP_SERVERS: databases.map((one) => `${one.name}:${"socket" in one ? "all" : "one"}`).join(" "),
      PGSERVICEFILE: `${filesFolder}/${secretFiles.databases}`,
    },
    files: {
      [secretFiles.databases]: pulumi.secret(pulumi.output(servers).apply(pgServiceConf)),
      ...Object.fromEntries(logins),
    },
    mounts: databases.flatMap((one) =>
      "socket" in one
        ? [{ target: `${socketsFolder}/${one.name}`, ...one.socket }]
        : (one.outside.link().mounts ?? []),
    ),
  };
}

type Outside = Extract<KeptDatabase, { outside: object }>;

function parametersOf(one: KeptDatabase): Parameters {
  if ("socket" in one) return { host: `${socketsFolder}/${one.name}`, user: "postgres" };
  const { host = "", port = "", user = "", database = "" } = one.outside.link().hands ?? {};
  const others = Object.entries(one.outside.parts().link().environment).flatMap(([variable, value]) => {
    const parameter = parameterOf(variable);
    return parameter === undefined ? [] : [[parameter, value] as const];
  });
  return {
    ...Object.fromEntries(others),
    ...{ host, port, user, dbname: database, passfile: `${filesFolder}/${loginFile(one)}` },
  };
}

function loginFile({ name }: KeptDatabase): string {
  return `${secretFiles.login}-${name}`;
}

function loginOf({ outside }: Outside): pulumi.Output<string> {
  return pulumi.secret(outside.link().hands?.password ?? "").apply(passLine);
}
