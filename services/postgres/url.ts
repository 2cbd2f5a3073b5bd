/** A database's URL as libpq takes it, each part as it is, not encoded. */
export interface PostgresUrl {
  user: string;
  /** Empty where the server wants none. */
  password: string;
  /** More than one of a cluster; one that begins with a slash is the folder of a socket. */
  hosts: string[];
  /** One for each host. */
  ports: string[];
  database: string;
  /** Such as `sslmode`, by libpq's names. */
  parameters: Record<string, string>;
}

/** What is wrong with a URL, in words that show nothing of it. */
export class UrlProblem extends Error {}

/** What signs of a password become in a URL. */
export const encode = "signs such as @ : / ? # % in user and password are written %40 %3A %2F %3F %23 %25";

/**
 * Takes a URL apart as libpq does (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS), but wants
 * told what it would take from its surroundings: in a container there is no such user. Throws {@link UrlProblem}.
 */
export function postgresUrl(text: string): PostgresUrl {
  const {
    scheme,
    login,
    hosts: places = "",
    path,
    query,
  } = /^(?<scheme>[a-z+0-9]+):\/\/(?:(?<login>[^@/?]*)@)?(?<hosts>[^/?]*)(?:\/(?<path>[^?]*))?(?:\?(?<query>.*))?$/is.exec(
    text,
  )?.groups ?? {};
  if (scheme !== "postgresql" && scheme !== "postgres")
    throw new UrlProblem('it begins with "postgresql://"');
  if (/[\s#]/.test(text) || places.includes("@")) throw new UrlProblem(encode);
  const given = parametersIn(query);
  const parameters = Object.fromEntries(Object.entries(given).filter(([name]) => !ownParts.includes(name)));
  const take = (name: string, otherwise: string) => given[name] ?? otherwise;
  const [user = "", ...rest] = (login ?? "").split(":");
  const split = places.split(",").map(placeOf);
  const hosts = take("host", split.map(({ host }) => host).join(",")).split(",");
  const ports = take("port", split.map(({ port }) => port).join(",")).split(",");
  const url = {
    user: take("user", decoded(user)),
    password: take("password", decoded(rest.join(":"))),
    database: take("dbname", decoded(path ?? "")),
    ...{ hosts, ports: hosts.map((_, index) => portOf(ports[ports.length === 1 ? 0 : index])), parameters },
  };
  check(url, ports);
  return url;
}

/** What parameters may say instead of the URL before them. */
const ownParts = ["host", "port", "user", "password", "dbname"];

/** Whether its host is the folder of a socket. */
export function isSocket(host: string): boolean {
  return host.startsWith("/");
}

function portOf(text: string | undefined): string {
  return text === undefined || text === "" ? "5432" : text;
}

function placeOf(text: string): { host: string; port: string } {
  const [, address, plain = "", port = ""] =
    /^(?:\[([0-9a-f:.%]+)\]|([^:[\]]*))(?::(.*))?$/i.exec(text) ?? [];
  if (address === undefined && plain === "" && text !== "")
    throw new UrlProblem("a host is a name, an address or an IPv6 address in brackets");
  return { host: decoded(address ?? plain), port };
}

function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    if (!plain.includes("\0")) return plain;
  } catch {
    // Said below.
  }
  throw new UrlProblem(encode);
}

function parametersIn(query: string | undefined): Record<string, string> {
  const pairs = (query ?? "").split("&").filter((pair) => pair !== "");
  const found = pairs.map((pair) => {
    const equals = pair.indexOf("=");
    if (equals < 1) throw new UrlProblem("each parameter after ? is name=value");
    return [decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1))] as const;
  });
  return Object.fromEntries(
    found.map(([name, value]) =>
      name === "ssl" && value === "true" ? ["sslmode", "require"] : [name, value],
    ),
  );
}

function check(url: PostgresUrl, ports: readonly string[]): void {
  const { user, password, hosts, database, parameters } = url;
  if (hosts.some((host) => host === "")) throw new UrlProblem("a host is missing");
  if (ports.length !== 1 && ports.length !== hosts.length)
    throw new UrlProblem("ports are one, or one for each host");
  if (url.ports.some((port) => !/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535))
    throw new UrlProblem(`a port is a number from 1 to 65535; ${encode}`);
  if (hosts.some(isSocket) && !hosts.every(isFolder))
    throw new UrlProblem("a socket is one absolute folder, alone");
  if (user === "") throw new UrlProblem("the user is missing");
  if (database === "") throw new UrlProblem("the database is missing");
  if (password === "" && !hosts.every(isSocket)) throw new UrlProblem("the password is missing");
  const unknown = Object.keys(parameters).find((name) => variableOf(name) === undefined);
  if (unknown !== undefined) throw new UrlProblem("a parameter after ? isn't one of libpq's");
  const { sslmode = "prefer" } = parameters;
  if (!sslModes.includes(sslmode)) throw new UrlProblem(`sslmode is one of ${sslModes.join(", ")}`);
}

function isFolder(host: string): boolean {
  return /^(?:\/[\w.@~-]+)+$/.test(host) && !host.includes("/..");
}

const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/** Parameters whose variable isn't `PG` and their name (https://www.postgresql.org/docs/current/libpq-envars.html). */
const otherNames: Record<string, string> = {
  application_name: "PGAPPNAME",
  client_encoding: "PGCLIENTENCODING",
  requirepeer: "PGREQUIREPEER",
};

/** Those that no variable can say. */
const urlOnly = [
  "fallback_application_name",
  "keepalives",
  "keepalives_idle",
  "keepalives_interval",
  "keepalives_count",
  "tcp_user_timeout",
  "replication",
  "sslpassword",
  "service",
  "passfile",
  "hostaddr",
  "scram_client_key",
  "scram_server_key",
  "sslkeylogfile",
  "oauth_issuer",
  "oauth_client_id",
  "oauth_client_secret",
  "oauth_scope",
];

const sameNames = [
  "channel_binding",
  "gssdelegation",
  "gssencmode",
  "gsslib",
  "krbsrvname",
  "load_balance_hosts",
  "max_protocol_version",
  "min_protocol_version",
  "options",
  "require_auth",
  "sslcert",
  "sslcertmode",
  "sslcompression",
  "sslcrl",
  "sslcrldir",
  "sslkey",
  "sslmode",
  "sslnegotiation",
  "sslrootcert",
  "sslsni",
  "ssl_max_protocol_version",
  "ssl_min_protocol_version",
  "target_session_attrs",
];

/** Variable that says the same to libpq, "" where there is none; nothing for what libpq doesn't know. */
function variableOf(name: string): string | undefined {
  if (urlOnly.includes(name)) return "";
  // The one whose variable keeps its line.
  if (name === "connect_timeout") return "PGCONNECT_TIMEOUT";
  if (sameNames.includes(name)) return `PG${name.replaceAll("_", "").toUpperCase()}`;
  return otherNames[name];
}

/** Parameter that a variable of libpq stands for; nothing where it is none of these. */
export function parameterOf(variable: string): string | undefined {
  const names = [...sameNames, ...Object.keys(otherNames), "connect_timeout"];
  return names.find((name) => variableOf(name) === variable);
}

/** The parameters as libpq's variables, for an application that gets the URL in parts. */
export function variablesOf({ parameters }: PostgresUrl): Record<string, string> {
  const named = Object.entries(parameters).map(([name, value]) => [variableOf(name) ?? "", value]);
  return Object.fromEntries(named.filter(([name]) => name !== "")) as Record<string, string>;
}
