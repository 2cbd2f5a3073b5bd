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
