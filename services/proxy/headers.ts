import type { ResponseHeaders } from "./model.ts";

/**
 * What every public answer carries unless a listener or route says otherwise: OWASP's secure headers
 * (https://owasp.org/www-project-secure-headers/ci/headers_add.json), and X-XSS-Protection, which OWASP wants off.
 * A Django site with forms needs `Referrer-Policy: same-origin`: its CSRF check reads the referrer.
 */
export const secureHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-DNS-Prefetch-Control": "off",
  "X-Frame-Options": "DENY",
  "X-Permitted-Cross-Domain-Policies": "none",
  "X-XSS-Protection": "0",
};

/** Added where TLS ends: two years, as Mozilla's guideline 6.0 has it. */
export const hsts: Readonly<Record<string, string>> = {
  "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
};

/** For FastAPI's `/docs` and `/redoc`, whose pages load their script and style from jsDelivr and start it inline. */
export const apiDocsHeaders: ResponseHeaders = {
  "Content-Security-Policy":
    "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net https://fonts.googleapis.com; font-src https://fonts.gstatic.com; img-src 'self' data: https://fastapi.tiangolo.com https://cdn.redoc.ly; worker-src blob:; base-uri 'self'; object-src 'none'; frame-ancestors 'none'",
};

/** For files that users uploaded: a page among them runs no script and is another origin to the browser. */
export const uploadedFilesHeaders: ResponseHeaders = {
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
};

/** Always hidden, whoever set them: what the application runs on, and another server's request id. */
const alwaysHidden = ["X-AspNet-Version", "X-AspNetMvc-Version", "X-Powered-By", "X-Request-Id", "X-Runtime"];

/**
 * `add_header` lines. nginx inherits them from the enclosing block only where a block has none of its own, so a block
 * that sets one sets all.
 */
export function addedHeaders(layers: readonly ResponseHeaders[]): string[] {
  return [
    ...merged(layers).map(([name, value]) => `add_header ${name} "${value}" always;`),
    "add_header Retry-After $retry_after always;",
    "add_header X-Request-Id $trace_id always;",
  ];
}

/** `proxy_hide_header` lines for what the proxy sets itself, inherited as `add_header` is. */
export function hiddenHeaders(layers: readonly ResponseHeaders[]): string[] {
  return [...alwaysHidden, ...merged(layers).map(([name]) => name)].map(
    (name) => `proxy_hide_header ${name};`,
  );
}

/** Later layers win, whatever their case; a header that is `null` in the end is the application's own. */
function merged(layers: readonly ResponseHeaders[]): [name: string, value: string][] {
  const byLowerCase = new Map<string, [name: string, value: string | null]>();
  for (const layer of layers)
    for (const [name, value] of Object.entries(layer)) byLowerCase.set(name.toLowerCase(), [name, value]);
  return [...byLowerCase.values()]
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
