import type { ExternalForm } from "../services/definition.ts";
import { encode, postgresUrl, UrlProblem } from "../services/postgres/url.ts";

interface Form {
  words: string;
  /** What is wrong with one, in words that show nothing of it; nothing where it is right. */
  wrong: (text: string) => string | undefined;
  /** Whether a vendor can run it. */
  managed: boolean;
}

/** What the URL of something that somebody else runs has to be. */
export const externalForms: Record<ExternalForm, Form> = {
  postgresql: {
    words: 'must be "postgresql://user:password@host:5432/database"',
    wrong: wrongPostgres,
    managed: true,
  },
  redis: {
    words: 'must be "redis://user:password@host:6379/0", with "rediss://" over TLS',
    wrong: wrongRedis,
    managed: false,
  },
  s3: {
    words: 'must be "https://key:secret@host/bucket", with "?region=…" where it isn\'t us-east-1',
    wrong: wrongStore,
    managed: true,
  },
};

function wrongPostgres(text: string): string | undefined {
  try {
    postgresUrl(text);
    return undefined;
  } catch (error) {
    if (error instanceof UrlProblem) return error.message;
    throw error;
  }
}

function wrongRedis(text: string): string | undefined {
  if (text.startsWith("unix:")) return "a socket of the machine is in no container";
  if (!/^rediss?:\/\//.test(text)) return 'it begins with "redis://" or "rediss://"';
  const url = parsed(text);
  const places = text.slice(text.indexOf("//") + 2).split(/[/?]/)[0] ?? "";
  if (/[\s#]/.test(text) || places.split("@").length > 2) return encode;
  if (places.slice(places.indexOf("@") + 1).includes(",")) return "it is one host";
  if (url === undefined) return `host or port is none; ${encode}`;
  if (url.hostname === "") return "the host is missing";
  return /^\/?$|^\/\d{1,9}$/.test(url.pathname) ? undefined : "after the host comes the number of a database";
}

function wrongStore(text: string): string | undefined {
  const url = parsed(text);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return 'it begins with "https://"';
  if (url.username === "" || url.password === "") return "key or secret is missing";
  return /^\/[a-z0-9][a-z0-9.-]{2,62}$/.test(url.pathname) ? undefined : "the bucket is missing";
}

/** Nothing too where something isn't encoded as it should be. */
function parsed(text: string): URL | undefined {
  try {
    const url = new URL(text);
    decodeURIComponent(`${url.username} ${url.password} ${url.hostname}`);
    return url;
  } catch {
    return undefined;
  }
}
