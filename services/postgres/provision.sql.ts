import { loginMark, loginName } from "./login.ts";

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
${madeSql(role, login)}ALTER ROLE "${login}" LOGIN ${powers} PASSWORD '${password}' VALID UNTIL 'infinity';
GRANT "${role}" TO "${login}";
${settingsSql(role, login)}ALTER ROLE "${login}" SET role = "${role}";
`;
}

/** One statement, so that no run leaves a role of ours without its mark. */
function madeSql(role: string, login: string): string {
  const mark = loginMark(role);
  return `DO $$
DECLARE mark text := (SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = '${login}');
BEGIN
  IF mark IS NULL THEN
    CREATE ROLE "${login}";
    COMMENT ON ROLE "${login}" IS '${mark}';
  ELSIF mark <> '${mark}' THEN
    RAISE EXCEPTION 'role ${login}: must be a login that Berth made, got one of somebody else; give it another name by ALTER ROLE "${login}" RENAME TO, and run again';
  END IF;
END $$;
`;
}

/**
 * What somebody set for the role holds for a login alone, not for members: its limit of connections and its settings,
 * of every database. FROM CURRENT, since a list such as search_path can't be written back as one text.
 */
function settingsSql(role: string, login: string): string {
  return `SELECT format('ALTER ROLE %I CONNECTION LIMIT %s', '${login}', rolconnlimit) FROM pg_roles WHERE rolname = '${role}' \\gexec
DO $$
DECLARE
  given record;
  place text;
BEGIN
  FOR given IN SELECT datname, split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value
    FROM pg_db_role_setting JOIN pg_roles r ON r.oid = setrole LEFT JOIN pg_database d ON d.oid = setdatabase, unnest(setconfig) setting
    WHERE rolname = '${role}' AND split_part(setting, '=', 1) <> 'role'
  LOOP
    place := CASE WHEN given.datname IS NULL THEN '' ELSE format('IN DATABASE %I', given.datname) END;
    BEGIN
      PERFORM set_config(given.name, given.value, true);
      EXECUTE format('ALTER ROLE %I %s SET %I FROM CURRENT', '${login}', place, given.name);
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'role ${login}: must have % as ${role} has it, got "%"', given.name, SQLERRM;
    END;
  END LOOP;
END $$;
`;
}
