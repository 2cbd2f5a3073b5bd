import type { ServiceOptions, ServiceDefinition } from "../definition.ts";
import { vendorLogin } from "../external/vendorLogin.ts";
import { exporterRow } from "../monitoring/definition.ts";
import type { OwnPostgresOptions } from "./build.ts";
import { postgresForm } from "./form.ts";

export interface PostgresOptions extends ServiceOptions, OwnPostgresOptions {
  /** Settings may name one that somebody else runs, or have the vendor run one. @default true */
  external?: boolean;
}

/** PostgreSQL with one database and one role of its own. */
export function postgres({ external, ...options }: PostgresOptions): ServiceDefinition {
  const { database, role, parameters, confFile } = options;
  return {
    kind: "postgres",
    ...postgresDefaults,
    ...options,
    external: external === false ? undefined : postgresForm,
    hands: { plain: ["host", "port", "user", "database"], secret: ["password", "url"] },
    rotates: (watched) => ["password", "superuser-password", ...(watched ? ["monitoring-password"] : [])],
    managedSecrets: { password: vendorLogin },
    exporter: { name: "postgres-exporter", row: postgresExporter },
    build: async (args) =>
      (await import("./build.ts")).buildPostgres({ database, role, parameters, confFile }, args),
    buildExternal: async (args) => (await import("./build.ts")).externalPostgres({ database, role }, args),
  };
}

const postgresDefaults = {
  image: "postgres:15",
  user: "999:999",
  tunnelPort: 5432,
  minMemory: 128,
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 120,
  phase: "store",
  keepsData: true,
} as const;

const postgresExporter = {
  ...exporterRow,
  image: "prometheuscommunity/postgres-exporter:v0.17.1",
  port: 9187,
  health: "/",
};
