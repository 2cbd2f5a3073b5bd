/**
 * How libpq reaches each server, by a name
 * (https://www.postgresql.org/docs/current/libpq-pgservice.html): each value goes to the end of its line.
 */
export function pgServiceConf(servers: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  return Object.entries(servers)
    .map(([name, parameters]) =>
      [`[${name}]`, ...Object.entries(parameters).map(([key, value]) => `${key}=${value}`), ""].join("\n"),
    )
    .join("\n");
}
