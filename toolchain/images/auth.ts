import type { GivenLogins } from "../../lib/logins.ts";
import { storedLogin, type Login } from "./dockerConfig.ts";

export type { Credentials, Login } from "./dockerConfig.ts";

/** Knows what to log in with at a registry; nothing where nobody wrote a login down. */
export type FindLogin = (registry: string) => Promise<Login | undefined>;

/** The login that settings give for a registry, else Docker's own. */
export function loginsFor(given: GivenLogins = {}): FindLogin {
  return async (registry) => {
    const login = given[registry];
    if (login === undefined) return storedLogin(registry);
    return { source: `berth:registries.${registry}`, credentials: { ...login, serveraddress: registry } };
  };
}

/** In the words of registries and of the Docker Engine, of 20.10 and newer. */
const refused = /unauthorized|authentication|authorization|credentials|denied|forbidden|status 40[13]/i;

/** A registry's refusal, with whose login it was, or that there was none. */
export function refusal(registry: string, login: Login | undefined, reason: string): string {
  if (!refused.test(reason)) return reason;
  if (login === undefined)
    return `${reason}; ${registry} was asked without a login: docker login ${registry}, or set berth:registries`;
  if (login.credentials === undefined)
    return `${reason}; ${registry} was asked without a login, for ${login.source} gave none: ${login.trouble}`;
  const { username } = login.credentials;
  return `${reason}; ${registry} was asked with the login of ${username ?? "a token"} from ${login.source}`;
}
