import * as z from "zod";
import { asText, rule } from "../lib/rules.ts";
import { holding, isText, secret as marked } from "../lib/secret.ts";
import type { OwnSecret, StoredSecret } from "../services/application/serviceSettings.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { isMap } from "./beside.ts";
import { isApplication } from "./ownKeys.ts";
import { storedSchema } from "./stored.ts";

type Texts = Readonly<Record<string, string>>;

/** A secret as it is written: itself, `generate`, or where it is kept. */
type GivenSecret = string | StoredSecret;
type OfService = Readonly<Record<string, GivenSecret>>;

/** Secrets of single services by the service's name, and those of every application by their own. */
export type GivenSecrets = Readonly<Record<string, GivenSecret | OfService | undefined>>;

/** In the place of a secret: one that nobody has to know is made by the engine. */
const generate = "generate";

const variable = /^[A-Z_][A-Z0-9_]*$/;
const variableWords = 'of capitals, digits and underscores such as "API_KEY"';

const secretText = z.preprocess(
  asText,
  rule(
    "must be text, or where it is kept, such as { store: aws, name: prod/stripe }",
    (value): value is string => typeof value === "string" && value !== "",
  ),
);

const secret = marked(
  z.unknown().transform((given, context): GivenSecret => {
    const result = (isMap(given) && "store" in given ? storedSchema : secretText).safeParse(given);
    for (const issue of result.error?.issues ?? [])
      context.issues.push({ ...issue, path: [...issue.path] } as (typeof context.issues)[number]);
    return result.data ?? "";
  }),
  (value) => isText(value) && value !== generate,
);

const ofService = z.record(
  rule(`must be a variable name ${variableWords}`, (name): name is string => isVariable(name)),
  secret,
  { error: 'must be a map such as { API_KEY: "…" }' },
);

/** `secrets` of a system: only what runs an application's image is handed any. */
export function secretsSchema(system: SystemDefinition) {
  const applications = applicationsOf(system);
  const key = rule(
    `must be one of ${applications.join(", ")}, or a variable name ${variableWords}, for all of them`,
    (name): name is string => isVariable(name) || applications.includes(name as string),
  );
  const all = z.record(key, z.unknown(), { error: 'must be a map such as { backend: { API_KEY: "…" } }' });
  const own = Object.fromEntries(applications.map((name) => [name, ofService]));
  const checkedSecrets = all.transform((given, context): GivenSecrets => {
    const checked = Object.entries(given).map(([name, value]) => {
      const result = (applications.includes(name) ? ofService : secret).safeParse(value);
      for (const issue of result.error?.issues ?? [])
        context.issues.push({ ...issue, path: [name, ...issue.path] } as (typeof context.issues)[number]);
      return [name, result.data];
    });
    return Object.fromEntries(checked) as GivenSecrets;
  });
  return holding(checkedSecrets, [z.object(own).catchall(secret)]);
}

/** What is wrong with them beside the variables of the same services: path and rule. */
export function secretProblems(
  {
    secrets,
    environment,
  }: { secrets: GivenSecrets; environment: Readonly<Record<string, Texts | undefined>> },
  { system }: { system: SystemDefinition },
): [path: string[], rule: string][] {
  return applicationsOf(system).flatMap((service) =>
    Object.keys(environment[service] ?? {}).flatMap((name): [string[], string][] => {
      // A secret is a file by its variable's name in small letters.
      const own = Object.keys(givenTo(secrets, service)).find((each) => each === name.toUpperCase());
      if (own === undefined) return [];
      return [[["environment", service, name], `must be left out: ${own} is in secrets already`]];
    }),
  );
}

/** What one application is handed of them. A generated one has a name by which all that share it find the same. */
export function ownSecrets(secrets: GivenSecrets, service: string): Record<string, OwnSecret> {
  const own = secrets[service];
  return Object.fromEntries(
    Object.entries(givenTo(secrets, service)).map(([name, value]): [string, OwnSecret] => {
      const isOwn = isOfService(own) && name in own;
      if (typeof value === "object")
        return [name, { stored: value, key: ["secrets", ...(isOwn ? [service] : []), name].join(".") }];
      if (value !== generate) return [name, { value }];
      return [name, { generated: generatedName(isOwn ? service : undefined, name) }];
    }),
  );
}

/** What the engine calls a generated secret of one service, or of all. */
export function generatedName(service: string | undefined, variableName: string): string {
  return `${service ?? "all"}-${variableName.toLowerCase().replaceAll("_", "-")}`;
}

function givenTo(secrets: GivenSecrets, service: string): OfService {
  const shared = Object.entries(secrets).filter(
    (entry): entry is [string, GivenSecret] => entry[1] !== undefined && !isOfService(entry[1]),
  );
  const own = secrets[service];
  return { ...Object.fromEntries(shared), ...(isOfService(own) && own) };
}

/** A variable is of capitals, so none is called `store`. */
function isOfService(given: GivenSecrets[string]): given is OfService {
  return typeof given === "object" && !("store" in given);
}

export function applicationsOf(system: SystemDefinition): string[] {
  return Object.keys(system.services).filter((name) => isApplication(system, name));
}

function isVariable(name: unknown): boolean {
  return typeof name === "string" && variable.test(name);
}
