import type { Context } from "../definition.ts";

type Place = Pick<Context, "names" | "publication">;

/** Whether the public comes by HTTPS, ended by the system's own proxy. */
export function isSecure({ publication }: Pick<Context, "publication">): boolean {
  return publication.https !== undefined;
}

/** Every public name as a browser writes it, such as `https://example.org`; none where there is no name, or any. */
export function origins({ names: all, publication: { https } }: Place): string[] {
  const names = all.filter((name) => !name.startsWith("*."));
  if (https !== undefined) return names.map((name) => `https://${name}${https === 443 ? "" : `:${https}`}`);
  // A front before the proxy may end TLS.
  return names.flatMap((name) => [`https://${name}`, `http://${name}`]);
}
