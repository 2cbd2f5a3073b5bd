/**
 * `postgresql.conf` with these parameters, and what the others are set by: every address of its network, passwords by
 * `scram-sha-256`, the socket where the image has it (https://www.postgresql.org/docs/15/config-setting.html).
 * Throws an error that names a parameter which is none.
 */
export function postgresConf(parameters: Readonly<Record<string, string>>): string {
  const all = { ...basics, ...parameters };
  const lines = Object.entries(all).map(([name, value]) => {
    if (!/^[a-z][a-z0-9_.]*$/.test(name)) {
      throw new Error(`parameters: must be named by lower-case letters, digits and _, got "${name}"`);
    }
    if (/[\n\r\0]/.test(value)) {
      throw new Error(`parameters.${name}: must be one line, got ${JSON.stringify(value)}`);
    }
    return `${name} = '${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  });
  return `${lines.join("\n")}\n`;
}

const basics = {
  listen_addresses: "*",
  unix_socket_directories: "/var/run/postgresql",
  password_encryption: "scram-sha-256",
  // Statements may hold what nobody should read in a log.
  log_statement: "none",
};
