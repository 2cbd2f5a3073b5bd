import type { ExternalForm } from "../definition.ts";
import { urlOf } from "../external/urlOf.ts";

/** How settings name a bucket that somebody else keeps. */
export const storeForm: ExternalForm = {
  words: 'must be "https://key:secret@host/bucket", with "?region=…" where it isn\'t us-east-1',
  wrong,
  managed: true,
};

function wrong(text: string): string | undefined {
  const url = urlOf(text);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return 'it begins with "https://"';
  if (url.username === "" || url.password === "") return "key or secret is missing";
  return /^\/[a-z0-9][a-z0-9.-]{2,62}$/.test(url.pathname) ? undefined : "the bucket is missing";
}
