import * as z from "zod";

/** One rule a value has to obey, said in the words a person reads when it doesn't. */
export function rule<T>(words: string, holds: (value: unknown) => value is T): z.ZodType<T> {
  return z.custom<T>(holds, { error: words });
}

export function wholeNumber(least: number, most: number) {
  return rule(`must be a whole number from ${least} to ${most}`, (value): value is number => {
    return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
  });
}

export function numberBetween(least: number, most: number) {
  return rule(`must be a number from ${least} to ${most}`, (value): value is number => {
    return typeof value === "number" && value >= least && value <= most;
  });
}

export function oneOf<const T extends readonly string[]>(names: T) {
  return rule(`must be one of ${names.join(", ")}`, (value): value is T[number] => {
    return typeof value === "string" && names.includes(value);
  });
}

export const flag = rule("must be true or false", (value): value is boolean => typeof value === "boolean");

/**
 * What `pulumi config set --path` writes as a number or a flag where text is meant: `FOO=1`, a password of digits. It
 * keeps what such a value can't say again, such as `1.50`, as text.
 */
export function asText(value: unknown): unknown {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

export const text = z.preprocess(
  asText,
  rule("must be text", (value): value is string => typeof value === "string" && value !== ""),
);

const wordsRule = "must be a list of words, one or more";

/** A command: an empty list would run something else than it says, or ask nothing. */
export const words = z.array(text, { error: wordsRule }).min(1, wordsRule);

/** An image as Docker writes it, for example `registry.example/team/api:1.2` or `…@sha256:<64 hex digits>`. */
export const imageReference = rule(
  'must be an image reference such as "registry.example/api:1.2" or "registry.example/api@sha256:<64 hex digits>"',
  (value): value is string =>
    typeof value === "string" && referencePattern.test(value) && !/[A-Z]/.test(repository(value)),
);

/** Where images of one name are, for example `ghcr.io/acme/api`; its tags are somebody else's to choose. */
export const repositoryName = rule(
  'must be a repository without a tag, such as "ghcr.io/acme/api"',
  (value): value is string =>
    typeof value === "string" && repositoryPattern.test(value) && !/[A-Z]/.test(repository(value)),
);

// The grammar of https://pkg.go.dev/github.com/distribution/reference.
const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const host =
  "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?/)?";
const repositoryPattern = new RegExp(`^${host}${component}(?:/${component})*$`);
const referencePattern = new RegExp(
  `^${host}${component}(?:/${component})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`,
);

function repository(reference: string): string {
  const [path = ""] = reference.split("@");
  return path.slice(path.indexOf("/") + 1).replace(/:[\w.-]*$/, "");
}

/** Empty where there is no domain. */
export const domainName = rule(
  'must be a domain name such as "app.example.org"',
  (value): value is string =>
    value === "" || (typeof value === "string" && value.length <= 253 && domainPattern.test(value)),
);
const domainPattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/** Empty for the default (https://docs.docker.com/reference/cli/docker/network/create). */
export const networkName = rule(
  'must be a network name of letters, digits, "_", "." and "-"',
  (value): value is string => typeof value === "string" && /^$|^[A-Za-z0-9][\w.-]{0,127}$/.test(value),
);

/** `uid:gid`, never root; group 0 is nobody's power by itself, and images made for OpenShift keep their files in it. */
export const userId = rule('must be "uid:gid" and not root', (value): value is string => {
  return typeof value === "string" && /^[1-9]\d{0,9}:(?:0|[1-9]\d{0,9})$/.test(value);
});

export const urlPath = rule('must be a path such as "/health"', (value): value is string => {
  return typeof value === "string" && /^\/[\w./~-]*$/.test(value);
});

/** Empty for none. */
export const metricsPath = rule(
  'must be a path such as "/metrics", or "" for none',
  (value): value is string => typeof value === "string" && /^$|^\/[\w./~-]*$/.test(value),
);

/** Empty for the default. Colons and commas would mean something else to Docker, and ".." would lead out of it. */
export const folderPath = rule('must be an absolute path such as "/opt/data", not "/" alone', isFolderPath);

export function isFolderPath(value: unknown): value is string {
  return typeof value === "string" && /^$|^(?:\/[\w.@~-]+)+$/.test(value) && !/\/\.\.?(?:\/|$)/.test(value);
}

export const devicePath = rule(
  'must be a device such as "/dev/video0"',
  (value): value is string => typeof value === "string" && /^\/dev(?:\/[\w-]+)+$/.test(value),
);

/** Empty too. */
export const variableText = z.preprocess(
  asText,
  rule("must be text", (value): value is string => typeof value === "string"),
);

export const variables = variablesOf(variableText);

export function variablesOf(value: typeof variableText) {
  const name = rule(
    "must be a variable name of letters, digits and underscores",
    (key): key is string => typeof key === "string" && /^[A-Za-z_]\w*$/.test(key),
  );
  return z.record(name, value, { error: 'must be a map such as { LOG_LEVEL: "debug" }' });
}
