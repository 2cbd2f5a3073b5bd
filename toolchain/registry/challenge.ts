/** How a registry wants to be asked, as its answer 401 says. */
export type Challenge =
  { scheme: "basic" } | { scheme: "bearer"; realm: string; query: Record<string, string> };

/**
 * Reads a `WWW-Authenticate` header; nothing for a scheme that nobody here knows
 * (https://distribution.github.io/distribution/spec/auth/token/).
 */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme = "", rest = ""] = /^\s*([A-Za-z]+)\s*(.*)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === "basic") return { scheme: "basic" };
  if (scheme.toLowerCase() !== "bearer") return undefined;
  const fields = [...rest.matchAll(/([A-Za-z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(
    ([, key = "", quoted, plain = ""]) =>
      [key.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain] as const,
  );
  const { realm, ...others } = Object.fromEntries(fields) as Record<string, string>;
  if (realm === undefined || !/^https?:\/\//.test(realm)) return undefined;
  const { service, scope } = others;
  return {
    scheme: "bearer",
    realm,
    query: { ...(service !== undefined && { service }), ...(scope !== undefined && { scope }) },
  };
}
