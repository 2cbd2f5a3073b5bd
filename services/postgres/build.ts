import { valueOf, type BuildArgs, type ExternalArgs, type Part } from "../definition.ts";
import { outsidePostgres } from "../external/external.ts";
import type { PostgresSaid } from "./definition.ts";
import { Postgres } from "./postgres.ts";

export function buildPostgres({ database, role, parameters, confFile }: PostgresSaid, args: BuildArgs): Part {
  const { name, service, place, opts, context, dataRoot } = args;
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
  return { link: postgres, resource: postgres, watched: { postgres } };
}

/** The one that settings name instead. */
export function externalPostgres(
  wanted: Pick<PostgresSaid, "database" | "role">,
  { name, opts, ...outside }: ExternalArgs,
): Part {
  return { link: outsidePostgres(name, { ...outside, ...wanted }, opts) };
}
