/** A URL in parts; nothing where it is none, and where something isn't encoded as it should be. */
export function urlOf(text: string): URL | undefined {
  try {
    const url = new URL(text);
    decodeURIComponent(`${url.username} ${url.password} ${url.hostname}`);
    return url;
  } catch {
    return undefined;
  }
}
