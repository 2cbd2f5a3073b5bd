import type { ExternalForm } from "../definition.ts";
import { urlOf } from "../external/urlOf.ts";
import { encode } from "../postgres/url.ts";

/** How settings name a Redis that somebody else runs. */
export const redisForm: ExternalForm = {
  words: 'must be "redis://user:password@host:6379/0", with "rediss://" over TLS',
  wrong,
  managed: false,
};

function wrong(text: string): string | undefined {
  if (text.startsWith("unix:")) return "a socket of the machine is in no container";
  if (!/^rediss?:\/\//.test(text)) return 'it begins with "redis://" or "rediss://"';
  const url = urlOf(text);
  const places = text.slice(text.indexOf("//") + 2).split(/[/?]/)[0] ?? "";
  if (/[\s#]/.test(text) || places.split("@").length > 2) return encode;
  if (places.slice(places.indexOf("@") + 1).includes(",")) return "it is one host";
  if (url === undefined) return `host or port is none; ${encode}`;
  if (url.hostname === "") return "the host is missing";
  return /^\/?$|^\/\d{1,9}$/.test(url.pathname) ? undefined : "after the host comes the number of a database";
}
