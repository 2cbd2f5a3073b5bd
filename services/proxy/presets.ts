/** Sets of response headers that the public proxy fills in where an application sends none of the name. */
export const presetNames = ["none", "basic", "strict"] as const;

export type HeaderPreset = (typeof presetNames)[number];

/** What the systems' documents ask for, and no more: pages keep their scripts, devices, forms and popups. */
const basicHeaders: Readonly<Record<string, string>> = {
  // A Django site with forms needs the referrer on its own pages: its CSRF check reads it.
  "Referrer-Policy": "strict-origin-when-cross-origin",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "SAMEORIGIN",
  // The old filter of some browsers opened holes of its own; OWASP wants it off.
  "X-XSS-Protection": "0",
};

/** What a browser lets a page use unless a Permissions-Policy denies it; OWASP's list. */
const features = [
  "accelerometer",
  "camera",
  "display-capture",
  "geolocation",
  "gyroscope",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "publickey-credentials-get",
  "usb",
] as const;

export type Feature = (typeof features)[number];

/** Denied to all, but for what pages of this host may use. */
function permissions(allowed: readonly Feature[]): string {
  return features.map((feature) => `${feature}=(${allowed.includes(feature) ? "self" : ""})`).join(", ");
}

/**
 * OWASP's secure headers (https://owasp.org/www-project-secure-headers/ci/headers_add.json), and X-XSS-Protection.
 * They forbid what many applications do: scripts in a page or of another host, the camera, popups that log in.
 */
export const strictHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": permissions([]),
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-DNS-Prefetch-Control": "off",
  "X-Frame-Options": "DENY",
  "X-Permitted-Cross-Domain-Policies": "none",
  "X-XSS-Protection": "0",
};

export const presets: Readonly<Record<HeaderPreset, Readonly<Record<string, string>>>> = {
  none: {},
  basic: basicHeaders,
  strict: strictHeaders,
};

/** A preset's headers, which deny pages no feature of these. */
export function presetHeaders(
  preset: HeaderPreset,
  allowed: readonly Feature[],
): Readonly<Record<string, string>> {
  return preset === "strict" && allowed.length > 0
    ? { ...strictHeaders, "Permissions-Policy": permissions(allowed) }
    : presets[preset];
}

/** The one header that a browser takes over HTTPS alone (RFC 6797, 7.2). */
export const hstsName = "Strict-Transport-Security";

/** Where the client came by HTTPS: two years, as Mozilla's guideline 6.0 has it. */
export const hsts: Readonly<Record<HeaderPreset, Readonly<Record<string, string>>>> = {
  none: {},
  basic: { [hstsName]: "max-age=63072000" },
  strict: { [hstsName]: "max-age=63072000; includeSubDomains" },
};
