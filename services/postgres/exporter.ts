import { filesFolder } from "../../components/containers/fileVolume.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import { Exporter, type ExporterMaker } from "../monitoring/exporter.ts";
import type { Postgres } from "./postgres.ts";

/** PostgreSQL's metrics, with a role that reads statistics alone. None for a database that isn't `monitored`. */
export function postgresExporter(service: ServiceSettings, postgres: Postgres): ExporterMaker {
  return (place, parent) => {
    const login = postgres.monitor();
    if (login === undefined) return undefined;
    const { host, database, role, password, ready } = login;
    const environment = {
      DATA_SOURCE_URI: `${host}:5432/${database}?sslmode=disable`,
      DATA_SOURCE_USER: role,
      DATA_SOURCE_PASS_FILE: `${filesFolder}/password`,
    };
    return new Exporter(
      service.name,
      { ...place, service, environment, files: { password }, after: ready },
      { parent },
    );
  };
}
