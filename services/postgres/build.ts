import { valueOf, type BuildArgs, type ExternalArgs, type Part, type Contextual } from "../definition.ts";
import { vendor } from "../external/vendor.ts";
import { vendorName } from "../external/vendorName.ts";
import { postgresExporter } from "./exporter.ts";
import { ExternalPostgres } from "./external.ts";
import { Postgres } from "./postgres.ts";

/** What a system says of its database. */
export interface OwnPostgresOptions {
  /** The application's own database. */
  database: string;
  /** The role that owns it and nothing else. */
  role: string;
  /** Server parameters, `shared_buffers` → `128MB`. @default the image's */
  parameters?: Contextual<string, Record<string, string>>;
  /** Say them in a file, `postgresql.conf`, that PostgreSQL itself has checked, and not in the command. @default false */
  confFile?: boolean;
}

export function buildPostgres(
  { database, role, parameters, confFile }: OwnPostgresOptions,
  args: BuildArgs,
): Part {
  const { name, service, place, opts, context, dataRoot, exporter } = args;
  const { scope, network } = place;
  const postgres = new Postgres(
    name,
    {
      scope,
      network,
      service,
      database,
      role,
      parameters: parameters && valueOf(parameters, context),
      confFile,
      monitored: context.watched,
      dataRoot,
    },
    opts,
  );
  return {
    link: postgres,
    resource: postgres,
    watched: { stores: [postgres], exporters: exporter ? [postgresExporter(exporter, postgres)] : [] },
    retire: postgres.retire,
    kept: { databases: [{ name, socket: postgres.socket, gates: postgres.link().gates }] },
  };
}

/** The one that settings name instead: the host's vendor's, or one at a URL. */
export function externalPostgres(
  wanted: Pick<OwnPostgresOptions, "database" | "role">,
  { name, scope, external, opts }: ExternalArgs,
): Part {
  const database =
    external === "managed"
      ? vendor(name, scope).postgres(vendorName(name), wanted, opts)
      : new ExternalPostgres(external);
  return { link: database, kept: { databases: [{ name, outside: database }] } };
}
