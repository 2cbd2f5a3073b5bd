import { gunzipSync } from "node:zlib";
import { container, list, object, texts, type Facts, type Rule } from "../facts.ts";
import { path, specOf } from "./services.ts";

/** Names whose value is a secret; `…_FILE` names where one lies. */
const secretName =
  /(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)(?:_ID)?$/i;

/** Ends like one, and names where a file lies (https://cloud.google.com/docs/authentication/application-default-credentials). */
const fileName = "GOOGLE_APPLICATION_CREDENTIALS";

/** What is a secret by itself. */
const secretValue =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|:\/\/[^/\s:@]+:[^/\s@]+@/;

/** Everybody who may look at a container or a machine reads its environment, labels, command and user data. */
export const plainSecret: Rule = {
  name: "plain-secret",
  description:
    "No secret is in a container's environment, labels or command, or in a machine's user data or metadata.",
  fix: "Hand it over as a file; environment only where override.<service>.secretsInEnvironment says so.",
  violations: (resource) => [...inContainer(resource), ...inService(resource), ...inMachine(resource)],
};

function inContainer({ type, props }: Facts): string[] {
  if (type !== container) return [];
  return [
    ...assigned("envs", texts(props.envs)),
    ...assigned("labels", labelsIn(props.labels)),
    ...inWords("command", [...texts(props.command), ...texts(props.entrypoints)]),
  ];
}

/** Managers keep a service's spec and show it to whoever may ask them. */
function inService(resource: Facts): string[] {
  const spec = specOf(resource);
  if (spec === undefined) return [];
  const env = Object.entries(object(spec.env)).map(([key, value]) => `${key}=${String(value)}`);
  return [
    ...assigned(`${path}.env`, env),
    ...assigned("labels", labelsIn(resource.props.labels)),
    ...assigned(`${path}.labels`, labelsIn(spec.labels)),
    ...inWords(`${path}.args`, [...texts(spec.args), ...texts(spec.commands)]),
  ];
}

function labelsIn(labels: unknown): string[] {
  return list(labels).map((each) => {
    const { label, value } = object(each);
    return `${String(label)}=${String(value)}`;
  });
}

function assigned(where: string, assignments: readonly string[]): string[] {
  return assignments.filter(isSecret).map((each) => complaint(where, name(each)));
}

function inWords(where: string, words: readonly string[]): string[] {
  return words.filter((word) => secretValue.test(word)).map(() => complaint(where, "one of its words"));
}

function inMachine({ type, props }: Facts): string[] {
  const texts: Record<string, unknown> = {
    userData: props.userData,
    userDataBase64: decoded(props.userDataBase64),
    metadataStartupScript: props.metadataStartupScript,
    ...(type === "gcp:compute/instance:Instance" ? object(props.metadata) : {}),
  };
  return Object.entries(texts)
    .filter(([, text]) => typeof text === "string" && (secretValue.test(text) || assigns(text)))
    .map(([path]) => complaint(path, "its text"));
}

/** A script that sets a secret to a value of its own. */
function assigns(text: string): boolean {
  return text.split("\n").some((line) => {
    const [, variable = "", value = ""] =
      /^\s*(?:export\s+)?([A-Za-z_]\w*)=["']?([^"'\s$(]{8,})/.exec(line) ?? [];
    return value !== "" && secretName.test(variable);
  });
}

function isSecret(assignment: string): boolean {
  const equals = assignment.indexOf("=");
  const value = assignment.slice(equals + 1);
  const variable = assignment.slice(0, equals);
  const isPath = variable === fileName && /^\/[\w./-]*$/.test(value);
  return (secretName.test(variable) && value !== "" && !isPath) || secretValue.test(value);
}

function name(assignment: string): string {
  return assignment.slice(0, assignment.indexOf("="));
}

/** What a machine makes of it: cloud-init takes user-data compressed too. */
function decoded(text: unknown): string {
  const bytes = typeof text === "string" ? Buffer.from(text, "base64") : Buffer.of();
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isCompressed ? gunzipSync(bytes) : bytes).toString("latin1");
}

/** Never the value itself. */
function complaint(path: string, what: string): string {
  return `${path}: must hold no secret, got one in ${what}`;
}
