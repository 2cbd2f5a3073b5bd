import { loginName } from "./login.ts";

/** A database and the one role that owns it. Passwords are letters and digits, see GeneratedSecret. */
export interface Provision {
  database: string;
  role: string;
  password: string;
  /** Which of the role's logins the password is of, see {@link loginName}. @default 1 */
  counter?: number;
  superuserPassword: string;
  /** A role that reads statistics and no data. @default none */
  monitor?: { role: string; password: string };
}

/**
 * Brings roles, passwords and the database to the wanted state, whatever an older volume holds: so a
 * password never depends on a volume, and changing it is one more run. Statements never reach the server's log.
 */
export function provisionSql(wanted: Provision): string {
  const { database, role, superuserPassword, monitor } = wanted;
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
${loginSql(wanted)}ALTER ROLE postgres PASSWORD '${superuserPassword}';
SELECT 'CREATE DATABASE "${database}" OWNER "${role}"'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${database}') \\gexec
ALTER DATABASE "${database}" OWNER TO "${role}";
REVOKE ALL ON DATABASE "${database}" FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
${watcher}`;
}

/**
 * A later login is a role of its own beside the one before, which keeps its password: both work until the former is
 * retired. What it makes belongs to the role that owns the database.
 */
function loginSql({ role, password, counter = 1 }: Provision): string {
  const powers = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION";
  if (counter === 1) return `ALTER ROLE "${role}" LOGIN ${powers} PASSWORD '${password}';\n`;
  const login = loginName({ role, counter });
  return `ALTER ROLE "${role}" ${powers};
SELECT 'CREATE ROLE "${login}"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${login}') \\gexec
ALTER ROLE "${login}" LOGIN ${powers} PASSWORD '${password}' VALID UNTIL 'infinity';
GRANT "${role}" TO "${login}";
ALTER ROLE "${login}" SET role = "${role}";
`;
}
