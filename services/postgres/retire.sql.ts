import { loginMark, loginName, type Login } from "./login.ts";

/**
 * The logins of before, each by its name: the role itself, and of the later ones only what {@link loginMark} marks as
 * ours. Another's role of such a name stays.
 */
function former({ role, counter }: Login): string {
  const later = Array.from({ length: counter - 2 }, (_, index) => loginName({ role, counter: index + 2 }));
  const marked = `rolname IN (${later.map((name) => `'${name}'`).join(", ")}) AND shobj_description(oid, 'pg_authid') = '${loginMark(role)}'`;
  const names = [`rolname = '${role}'`, ...(later.length === 0 ? [] : [marked])];
  return `(${names.join(" OR ")}) AND rolcanlogin`;
}

/**
 * Ends every login of the role before the one in use. A password is refused when `seconds` are over, so that containers
 * that are being stopped finish what they hold.
 */
export function expireSql(login: Login, seconds: number): string {
  return `\\set ON_ERROR_STOP on
SELECT format('ALTER ROLE %I VALID UNTIL %L', rolname, now() + interval '${seconds} seconds')
  FROM pg_roles WHERE ${former(login)} \\gexec
`;
}

/** What would end a statement whose client has gone, or that takes long; which there are depends on the version. */
const ends = "'client_connection_check_interval', 'statement_timeout', 'transaction_timeout'";

/**
 * Waits, then takes the right to log in and the password from them, and ends their sessions. One statement, because
 * the server carries that to its end after its client has gone. Without a date a role can be given a password again.
 */
export function sweepSql(login: Login, seconds: number): string {
  return `DO $$ BEGIN PERFORM set_config(name, '0', false) FROM pg_settings WHERE name IN (${ends}); END $$;
DO $$
DECLARE former text;
BEGIN
  PERFORM pg_sleep(${seconds});
  FOR former IN SELECT rolname FROM pg_roles
    WHERE ${former(login)} AND rolvaliduntil <= now() + interval '${seconds} seconds'
  LOOP
    EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL VALID UNTIL %L', former, 'infinity');
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = former;
  END LOOP;
END $$;
`;
}
