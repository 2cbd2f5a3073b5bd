import type { Provider } from "@pulumi/gcp/provider.js";
import { CloudSqlPostgres } from "./cloudSql.ts";
import { GcsBucket } from "./gcs.ts";
import type { ManagedServices } from "../../managed/managed.ts";
import { GceApis } from "./apis.ts";
import type { GceNetwork } from "./network.ts";

export interface GceManagedArgs {
  google: Provider;
  network: GceNetwork;
  region: string;
  database: { tier: string; disk: number };
  enableApis: boolean;
  snapshotDays: number;
  protectData: boolean;
}

/** What Google runs beside a machine. */
export function gceManaged({
  google,
  network,
  database,
  enableApis,
  ...args
}: GceManagedArgs): ManagedServices {
  return {
    postgres(name, wanted, opts) {
      const inside = { ...opts, provider: google };
      const apis = enableApis
        ? [new GceApis(`${name}-apis`, { apis: ["servicenetworking", "sqladmin"] }, inside)]
        : [];
      const all = { ...args, ...database, ...wanted, network: network.id };
      return new CloudSqlPostgres(name, all, { ...inside, dependsOn: apis });
    },
    bucket: (name, opts) => new GcsBucket(name, args, { ...opts, provider: google }),
  };
}
