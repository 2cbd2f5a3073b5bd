import { loginName, type Login } from "./login.ts";

/** The role's logins, of this number or any other. `_` is any character to LIKE, so a regular expression. */
function loginsOf(role: string): string {
  return `rolname ~ '^${role}(_[0-9]+)?$'`;
}

/**
 * Ends every login of the role but the one in use. A password is refused when `seconds` are over, so that containers
 * that are being stopped finish what they hold.
 */
export function expireSql(login: Login, seconds: number): string {
  return `\\set ON_ERROR_STOP on
SELECT format('ALTER ROLE %I VALID UNTIL %L', rolname, now() + interval '${seconds} seconds')
  FROM pg_roles WHERE ${loginsOf(login.role)} AND rolcanlogin AND rolname <> '${loginName(login)}' \\gexec
`;
}

/**
 * Waits, then takes the right to log in and the password from them, and ends their sessions. One statement, because
 * the server carries that to its end after its client has gone.
 */
export function sweepSql(login: Login, seconds: number): string {
  return `SET statement_timeout = 0;
DO $$
DECLARE former text;
BEGIN
  PERFORM pg_sleep(${seconds});
  FOR former IN SELECT rolname FROM pg_roles
    WHERE ${loginsOf(login.role)} AND rolcanlogin AND rolvaliduntil <= now() + interval '${seconds} seconds' AND rolname <> '${loginName(login)}'
  LOOP
    EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL', former);
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = former;
  END LOOP;
END $$;
`;
}
