/** Why a secret can't be had of a store: what was found in its place, and what mends that. Neither holds a value. */
export class Unreadable extends Error {
  constructor(
    readonly got: string,
    readonly fix: string,
  ) {
    super(`${got}; ${fix}`);
    this.name = "Unreadable";
  }
}

/** The start of what a vendor says of a failure that isn't foreseen here, by its `status` where it has one; it holds no value. */
export function unforeseen(vendor: string, error: unknown, status?: string): Unreadable {
  const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    const { code } = one as { code?: unknown };
    if (typeof code === "string" && untrusted.test(code))
      return new Unreadable(
        `a certificate that isn't trusted (${code})`,
        "name who signed it in NODE_EXTRA_CA_CERTS",
      );
  }
  const [line = ""] = message.split("\n");
  return new Unreadable(`"${status ?? name}: ${line.slice(0, 200)}"`, `see what ${vendor} says of that`);
}

/** Codes of Node.js for a certificate that it refuses, or for an answer that isn't TLS (nodejs.org/api/tls.html). */
const untrusted = /^(?:CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH|EPROTO)/;

/**
 * The endpoint that the first of these variables which is set names; nothing where none is. Throws {@link Unreadable} for
 * what is no URL of HTTP: `localhost:8080` is one to JavaScript, of the scheme `localhost:`.
 */
export function endpointIn(variables: readonly string[], standard: string): URL | undefined {
  const variable = variables.find((name) => (process.env[name] ?? "") !== "");
  if (variable === undefined) return undefined;
  const given = process.env[variable] ?? "";
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  const shown = given.replace(/^.*@/s, "").slice(0, 200);
  throw new Unreadable(`"${shown}" in ${variable}`, `write a URL there such as ${standard}, or unset it`);
}

/** Where somebody has to look when a store can't be reached. */
export function unreached(code: string): Unreadable {
  return new Unreadable(`no answer (${code})`, "see that this machine reaches it, and run again");
}

/** Codes of Node.js for a network on which nobody answers (nodejs.org/api/errors.html). */
const networkCodes = /^(?:E(?:CONN\w+|NOTFOUND|AI_AGAIN|TIMEDOUT|PIPE|HOSTUNREACH|NETUNREACH)|UND_ERR_\w+)$/;

/** The code of a network's failure, in an error or in what caused it; nothing for another failure. */
export function networkCode(error: unknown): string | undefined {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    const { code } = one as { code?: unknown };
    if (typeof code === "string" && networkCodes.test(code)) return code;
    if (one.name === "TimeoutError" || one.name === "AbortError") return one.name;
  }
  return undefined;
}
