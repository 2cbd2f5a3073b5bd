/** A database and the one role that owns it. Passwords are letters and digits, see GeneratedSecret. */
export interface Provision {
  database: string;
  role: string;
  password: string;
  superuserPassword: string;
  /** A role that reads statistics and no data. @default none */
  monitor?: { role: string; password: string };
}

/**
 * Brings roles, passwords and the database to the wanted state, whatever an older volume holds: so a
 * password never depends on a volume, and changing it is one more run. Statements never reach the server's log.
 */
export function provisionSql({ database, role, password, superuserPassword, monitor }: Provision): string {
  const watcher = monitor
    ? `SELECT 'CREATE ROLE "${monitor.role}"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${monitor.role}') \\gexec
ALTER ROLE "${monitor.role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 5 PASSWORD '${monitor.password}';
GRANT pg_monitor TO "${monitor.role}";
GRANT CONNECT ON DATABASE "${database}" TO "${monitor.role}";
`
    : "";
  return `\\set ON_ERROR_STOP on
SET log_min_error_statement = panic;
SET log_statement = none;
SET password_encryption = 'scram-sha-256';
SELECT 'CREATE ROLE "${role}"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') \\gexec
ALTER ROLE "${role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '${password}';
ALTER ROLE postgres PASSWORD '${superuserPassword}';
SELECT 'CREATE DATABASE "${database}" OWNER "${role}"'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${database}') \\gexec
ALTER DATABASE "${database}" OWNER TO "${role}";
REVOKE ALL ON DATABASE "${database}" FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
${watcher}`;
}
